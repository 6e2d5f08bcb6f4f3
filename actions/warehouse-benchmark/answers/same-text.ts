const [BLANK, HYPHEN, COLON] = [32, 45, 58];

const MIDNIGHT = /^(\d{4}-\d\d-\d\d)[ T]00:00:00(?:\.0+)?(?:Z|\+00(?::?00)?)?$/;

/**
 * A value as all engines have it. Blanks at the end do not count, because some engines fill up CHAR columns. A time stamp
 * at midnight is a date: engines differ in the type of `cast(... as date) + interval`. `t` and `f` are booleans. An empty text
 * is NULL: the flat files of the standard do not tell them apart, so it depends on how they were loaded.
 *
 * @returns null for NULL
 */
export function sameText(value: string | null): string | null {
  if (value === null) return null;
  let end = value.length;
  while (end > 0 && value.charCodeAt(end - 1) === BLANK) end -= 1;
  if (end === 0) return null;
  const text = end === value.length ? value : value.slice(0, end);
  if (end === 1) return text === 't' ? 'true' : text === 'f' ? 'false' : text;
  if (end >= 19 && text.charCodeAt(4) === HYPHEN && text.charCodeAt(13) === COLON) return text.replace(MIDNIGHT, '$1');
  return text;
}
