const FENCE = /^( *)(`{3,})([\w-]*)[^\n]*\n([\s\S]*?)^ *\2`*[ \t]*$/gm;

/** The contents of fenced code blocks, of these languages or of all. */
export function codeBlocks(markdown: string, ...languages: readonly string[]): string[] {
  return [...markdown.matchAll(FENCE)]
    .filter(([, , , language = '']) => languages.length === 0 || languages.includes(language))
    .map(([, , , , content = '']) => content);
}

/** The contents of code spans in prose. */
export function codeSpans(markdown: string): string[] {
  return [...markdown.replace(FENCE, '').matchAll(/`([^`\n]+)`/g)].map(([, content = '']) => content);
}

/** Targets of links and images that lead to a file of the repository or to a heading. */
export function relativeLinks(markdown: string): string[] {
  const prose = markdown.replace(FENCE, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z][a-z+.-]*:/i.test(target));
}

/** The anchors of headings as GitHub and GitLab make them; a repeated heading gets a number. */
export function headingAnchors(markdown: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of markdown.replace(FENCE, '').matchAll(/^#{1,6} +(.+?) *$/gm)) {
    const anchor = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); n++) unique = `${anchor}-${n}`;
    anchors.add(unique);
  }
  return anchors;
}
