import { xmlAttributes, xmlText } from '../xml.ts';

/** Series that a chart can tell apart by colour. */
export const MOST_SERIES = 6;

export const LABEL_SIZE = 11;
const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

// Each colour for light and dark surfaces. The surface is drawn, because a page may be dark where the reader's system is
// light: a picture in a page only learns of the latter.
const COLOURS: Readonly<Record<string, readonly [property: 'fill' | 'stroke', light: string, dark: string]>> = {
  surface: ['fill', '#ffffff', '#14171c'],
  title: ['fill', '#1f2328', '#f0f3f6'],
  label: ['fill', '#3d444d', '#c9d1d9'],
  muted: ['fill', '#59636e', '#9198a1'],
  grid: ['stroke', '#e4e8ec', '#2a313a'],
  axis: ['stroke', '#8c959f', '#656c76'],
  fault: ['fill', '#d03b3b', '#f06a6a'],
  other: ['fill', '#8c959f', '#767e88'],
  joint: ['stroke', '#2a78d6', '#4a95ee'],
  series0: ['fill', '#2a78d6', '#4a95ee'],
  series1: ['fill', '#eb6834', '#e0703f'],
  series2: ['fill', '#1baf7a', '#22ab7e'],
  series3: ['fill', '#d99400', '#cf9212'],
  series4: ['fill', '#6152c7', '#9a8ff0'],
  series5: ['fill', '#d1568f', '#de6a9b'],
};

/**
 * A picture that stands alone: no script, nothing that is loaded from elsewhere, text as text, for light and dark.
 *
 * @param parts elements made with `element` and `textElement`
 */
export function svgDocument(
  caption: { readonly title: string; readonly description: string },
  size: { readonly width: number; readonly height: number },
  parts: readonly string[],
): string {
  const width = round(size.width);
  const height = round(size.height);
  const attributes = xmlAttributes({
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: 'img',
  });
  return [
    `<svg${attributes}>`,
    `<title>${xmlText(caption.title)}</title>`,
    `<desc>${xmlText(caption.description)}</desc>`,
    `<style>${STYLE}</style>`,
    element('rect', { class: 'surface', width, height }),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** An element; `content` is XML already. Coordinates are rounded to a hundredth. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = '',
): string {
  const rounded = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, typeof value === 'number' ? round(value) : value]),
  );
  return content === ''
    ? `<${name}${xmlAttributes(rounded)}/>`
    : `<${name}${xmlAttributes(rounded)}>${content}</${name}>`;
}

/** A line of text. `y` is its base line. */
export function textElement(
  content: string,
  place: {
    readonly x: number;
    readonly y: number;
    readonly size: number;
    readonly class: 'title' | 'label' | 'muted' | 'fault';
    readonly anchor?: 'middle' | 'end';
  },
): string {
  const { x, y, size, anchor } = place;
  const attributes = { class: place.class, x, y, 'font-size': size, 'text-anchor': anchor };
  return content === '' ? '' : element('text', attributes, xmlText(content));
}

/** What a browser shows when the pointer rests on an element; goes into its content. */
export function tooltip(content: string): string {
  return `<title>${xmlText(content)}</title>`;
}

/** The class of a series' colour. */
export function seriesClass(index: number): string {
  return `series${index}`;
}

const STYLE = [
  `text{font-family:${FONT};font-variant-numeric:tabular-nums}`,
  '.title{font-weight:600}',
  '.joint{fill:none;stroke-width:2}',
  ...rules(0),
  `@media (prefers-color-scheme:dark){${rules(1).join('')}}`,
].join('');

function rules(scheme: 0 | 1): string[] {
  return Object.entries(COLOURS).map(
    ([name, [property, ...colours]]) => `.${name}{${property}:${colours[scheme] ?? colours[0]}}`,
  );
}

function round(value: number): number {
  if (!Number.isFinite(value)) throw new RangeError(`a drawing cannot use the number ${value}`);
  // Not `-0`, which would be written so.
  return Math.round(value * 100) / 100 + 0;
}
