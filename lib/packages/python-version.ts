/** Longer ones are no versions, and no work for a regular expression. */
const LONGEST = 255;

// Source: PEP 440, "Normalization" and appendix B.
const VERSION = new RegExp(
  [
    /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)/,
    /(?:[-_.]?(?<preWord>alpha|a|beta|b|preview|pre|c|rc)(?:[-_.]?(?<pre>\d+))?)?/,
    /(?<isPost>-(?<bare>\d+)|[-_.]?(?:post|rev|r)(?:[-_.]?(?<post>\d+))?)?/,
    /(?<isDev>[-_.]?dev(?:[-_.]?(?<dev>\d+))?)?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/,
  ]
    .map(({ source }) => source)
    .join(''),
  'i',
);

const PRE_WORDS: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' };

/** The one way to write a version of Python packages: `1.0-RC1` is `1.0rc1`. Undefined for what is no version. */
export function normalizePythonVersion(text: string): string | undefined {
  const parts = parse(text);
  return parts && parts.epoch + parts.release.join('.') + parts.rest;
}

/** Whether two texts are the same version: `1.0` is `1.0.0`. Source: PEP 440, "Version specifiers", version matching. */
export function isSamePythonVersion(one: string, other: string): boolean {
  const key = pythonVersionKey(one);
  return key !== undefined && key === pythonVersionKey(other);
}

/** A text that is the same for all ways to write a version. */
export function pythonVersionKey(text: string): string | undefined {
  const parts = parse(text);
  if (parts === undefined) return undefined;
  const last = parts.release.findLastIndex((number) => number !== '0');
  return parts.epoch + parts.release.slice(0, Math.max(last + 1, 1)).join('.') + parts.rest;
}

function parse(text: string) {
  const trimmed = text.trim();
  const groups = trimmed.length > LONGEST ? undefined : VERSION.exec(trimmed.toLowerCase())?.groups;
  if (groups === undefined) return undefined;
  const { epoch = '', release = '', preWord, pre = '', isPost, bare, post = '', isDev, dev = '', local } = groups;
  const rest = [
    preWord === undefined ? '' : (PRE_WORDS[preWord] ?? preWord) + plain(pre),
    isPost === undefined ? '' : `.post${plain(bare ?? post)}`,
    isDev === undefined ? '' : `.dev${plain(dev)}`,
    local === undefined ? '' : `+${local.split(/[-_.]/).map(localPart).join('.')}`,
  ].join('');
  const number = plain(epoch);
  return { epoch: number === '0' ? '' : `${number}!`, release: release.split('.').map(plain), rest };
}

/** Digits without leading zeros; none are zero. */
function plain(digits: string): string {
  return digits.replace(/^0+(?=\d)/, '') || '0';
}

function localPart(part: string): string {
  return /^\d+$/.test(part) ? plain(part) : part;
}
