import { fitted } from './label.ts';
import { textElement } from './svg.ts';

/** What every chart says about itself. */
export interface Caption {
  readonly title: string;
  /** A line below the title. */
  readonly subtitle?: string;
  /** In words what the picture shows, for those who do not see it. */
  readonly description: string;
}

/** Between what is drawn and the edge of the picture. */
export const EDGE = 16;

const TITLE_SIZE = 15;
const SUBTITLE_SIZE = 11;

/** Title and subtitle, at the top of a picture of this width. */
export function header({ title, subtitle = '' }: Caption, width: number): string[] {
  const room = width - 2 * EDGE;
  return [
    textElement(fitted(title, TITLE_SIZE, room), { x: EDGE, y: 28, size: TITLE_SIZE, class: 'title' }),
    textElement(fitted(subtitle, SUBTITLE_SIZE, room), { x: EDGE, y: 46, size: SUBTITLE_SIZE, class: 'muted' }),
  ].filter((part) => part !== '');
}

/** Where the header ends. */
export function headerHeight({ subtitle }: Caption): number {
  return subtitle === undefined ? 44 : 62;
}
