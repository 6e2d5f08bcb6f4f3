import { capMarkdown } from '../report/cap.ts';

/** GitHub takes 65,536 characters; the rest is room for what the host adds. GitLab takes more and gets the same. */
const MAX_CHARACTERS = 60_000;

/** The hidden line that a comment of ours begins with. It tells one comment from another by `key`. */
export function commentMarker(key: string): string {
  // What could end an HTML comment is encoded; '--' is not allowed inside one (CommonMark 0.29, section 6.10).
  const encoded = key.replace(/[^A-Za-z0-9._:/@+ -]/gu, encodeCharacter).replaceAll('--', '-%2D');
  return `<!-- headgate:${encoded} -->`;
}

/** The whole text of the comment with this key, cut to what hosts take. */
export function commentBody(key: string, markdown: string): string {
  const marker = commentMarker(key);
  return `${marker}\n${capMarkdown(markdown, { limit: MAX_CHARACTERS - marker.length - 1, unit: 'characters' })}`;
}

/** True when two comments say the same. Hosts change line ends and trim. */
export function sameBody(published: string, wanted: string): boolean {
  return normal(published) === normal(wanted);
}

function normal(body: string): string {
  return body.replaceAll('\r\n', '\n').trim();
}

function encodeCharacter(character: string): string {
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}
