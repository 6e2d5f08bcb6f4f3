import type { Place } from './events.ts';

/** `tests/test_add.py:12`. */
export function placeText({ file, line }: Place): string {
  return `${file}:${line}`;
}

/** The first line of a text that has something on it. */
export function firstLine(text: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? ''
  );
}

/** `1 test`, `2 tests`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
