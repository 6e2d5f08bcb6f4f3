import { visibleText } from '../xml.ts';

/**
 * About how wide a text is drawn, in units of the drawing, on the safe side for the usual fonts without serifs. A picture
 * that is written here and shown elsewhere cannot measure.
 */
export function textWidth(value: string, size: number): number {
  let ems = 0;
  for (const character of value) ems += emsOf(character);
  return ems * size;
}

function emsOf(character: string): number {
  if (/[ .,:;'|!ijlI]/.test(character)) return 0.34;
  if (/[mwMW@%—]/.test(character)) return 1;
  return (character.codePointAt(0) ?? 0) < 0x2e80 ? 0.64 : 1.1;
}

/** A text on one line that is not wider than `width`; when it was cut, it ends with `…`. */
export function fitted(value: string, size: number, width: number): string {
  const line = visibleText(value.replace(/\s+/g, ' ').trim());
  if (textWidth(line, size) <= width) return line;
  const characters = [...line];
  let kept = '';
  for (const character of characters) {
    if (textWidth(`${kept}${character}…`, size) > width) break;
    kept += character;
  }
  return kept === '' ? '' : `${kept.trimEnd()}…`;
}
