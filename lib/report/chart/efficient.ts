/**
 * The points that no other beats: none has both coordinates at most as large and one of them smaller (Pareto front of two
 * costs). Of equal points all are kept. In the order of the first coordinate.
 */
export function efficientPoints<Point extends { readonly x: number; readonly y: number }>(
  points: readonly Point[],
): Point[] {
  const beats = (a: Point, b: Point) => a.x <= b.x && a.y <= b.y && (a.x < b.x || a.y < b.y);
  return points.filter((point) => !points.some((other) => beats(other, point))).sort((a, b) => a.x - b.x);
}
