const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

/**
 * Markdown of `markdown.ts` for a terminal: what keeps text from outside from acting on a host is taken off again. It
 * holds no control characters, because those were made visible when the text went in.
 */
export function plain(markdown: string): string {
  return (
    markdown
      .replace(/<details>\n<summary>([\s\S]*?)<\/summary>\n/g, '$1\n')
      .replace(/<\/?(details|code)>/g, '')
      .replaceAll('<br>', ' ')
      .replace(/\[((?:[^\]\\]|\\.)*)\]\(<([^>]*)>\)/g, '$1: $2')
      .replace(/\\([\\`*_{}[\]()|~$^!#])/g, '$1')
      .replaceAll('&#8203;', '')
      // All in one pass: what an entity stands for is never read as an entity again.
      .replace(/&(?:#(\d{2,5})|(amp|lt|gt|quot));/g, (_, digits?: string, name?: string) =>
        digits === undefined ? (ENTITIES[name ?? ''] ?? '') : String.fromCodePoint(Number(digits)),
      )
  );
}
