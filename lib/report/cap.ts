/** A host's limit on a piece of Markdown. Characters are UTF-16 units, which no host counts more strictly. */
export interface Cap {
  readonly limit: number;
  readonly unit: 'bytes' | 'characters';
}

/**
 * Cuts Markdown at the end of a line so that it fits, with a last line that says how much was left out. A code block or
 * `<details>` that the cut leaves open is closed. The result never exceeds the limit; it is empty when not even the last
 * line fits.
 */
export function capMarkdown(markdown: string, { limit, unit }: Cap): string {
  const size = unit === 'bytes' ? (text: string) => Buffer.byteLength(text) : (text: string) => text.length;
  const total = size(markdown);
  if (total <= limit) return markdown;

  const ending = (kept: number, open: OpenBlocks) => `${closing(open)}\n${notice(total - kept, total, unit)}\n`;
  let open: OpenBlocks = { fence: undefined, details: 0 };
  let best = { end: 0, kept: 0, open };
  let end = 0;
  let kept = 0;
  for (const line of markdown.split(/(?<=\n)/)) {
    end += line.length;
    kept += size(line);
    open = follow(open, line);
    if (kept > limit) break;
    if (line.endsWith('\n') && kept + size(ending(kept, open)) <= limit) best = { end, kept, open };
  }
  const cut = markdown.slice(0, best.end) + ending(best.kept, best.open);
  return size(cut) <= limit ? cut : '';
}

function notice(left: number, total: number, unit: Cap['unit']): string {
  const number = (value: number) => value.toLocaleString('en-US');
  return `*Cut here: ${number(left)} of ${number(total)} ${unit} are left out, because the host takes no more.*`;
}

/** What is open at the end of a line. */
interface OpenBlocks {
  readonly fence: string | undefined;
  readonly details: number;
}

/** Follows code fences (CommonMark 0.31, section 4.5) and `<details>` from line to line. */
function follow(open: OpenBlocks, line: string): OpenBlocks {
  const [, fence, rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)/.exec(line) ?? [];
  if (open.fence !== undefined) {
    const closes = fence?.startsWith(open.fence) === true && rest.trim() === '';
    return closes ? { ...open, fence: undefined } : open;
  }
  if (fence !== undefined && !(fence.startsWith('`') && rest.includes('`'))) return { ...open, fence };
  const opened = line.match(/<details\b/gi)?.length ?? 0;
  const closed = line.match(/<\/details\s*>/gi)?.length ?? 0;
  return { ...open, details: Math.max(0, open.details + opened - closed) };
}

function closing({ fence, details }: OpenBlocks): string {
  return (fence === undefined ? '' : `${fence}\n`) + (details === 0 ? '' : `\n${'</details>\n'.repeat(details)}`);
}
