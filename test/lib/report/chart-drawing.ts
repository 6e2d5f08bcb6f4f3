import { expect } from '@jest/globals';
import { textWidth } from '../../../lib/report/chart/label.ts';
import { elements, parseXml, type XmlElement } from './xml-tree.ts';

/** Parses a chart and holds it against what all charts promise. */
export function drawing(svg: string): XmlElement {
  const root = parseXml(svg);
  expect(root.name).toBe('svg');
  expect(root.attributes.role).toBe('img');
  expect(root.children.slice(0, 2).map(({ name }) => name)).toEqual(['title', 'desc']);
  expect(elements(root, 'script')).toEqual([]);
  // The name space is no reference; nothing else may lead out.
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
    /<(image|use|a|foreignObject|link)\b|href|@import|url\(| on\w+="/i,
  );
  expect(elements(root, 'style')[0]!.text).toContain('@media (prefers-color-scheme:dark)');
  everythingInside(root);
  return root;
}

function everythingInside(root: XmlElement): void {
  const [, , width, height] = root.attributes.viewBox!.split(' ').map(Number) as [number, number, number, number];
  const outside: string[] = [];
  const inside = (x: number, y: number) => {
    if (!(x >= 0 && x <= width && y >= 0 && y <= height)) outside.push(`${x}, ${y}`);
  };
  for (const { attributes, text } of elements(root, 'text')) {
    const [x, y, size] = [Number(attributes.x), Number(attributes.y), Number(attributes['font-size'])];
    const wide = textWidth(text, size);
    const left =
      attributes['text-anchor'] === 'end' ? x - wide : attributes['text-anchor'] === 'middle' ? x - wide / 2 : x;
    inside(left, y - size * 0.8);
    inside(left + wide, y + size * 0.2);
  }
  for (const {
    attributes: { x = '0', y = '0', width: w, height: h },
  } of elements(root, 'rect')) {
    inside(Number(x), Number(y));
    inside(Number(x) + Number(w), Number(y) + Number(h));
  }
  for (const { attributes } of elements(root, 'circle')) {
    inside(Number(attributes.cx) - 5, Number(attributes.cy) - 5);
    inside(Number(attributes.cx) + 5, Number(attributes.cy) + 5);
  }
  for (const { attributes } of elements(root, 'line')) {
    inside(Number(attributes.x1), Number(attributes.y1));
    inside(Number(attributes.x2), Number(attributes.y2));
  }
  expect(outside).toEqual([]);
}
