/** Whether a box meets a box or a GeoJSON geometry; exact for points, lines and polygons without regard to holes. */
import type { Box } from "../items/item-record.js";

type Position = readonly number[];

export function boxesMeet(a: Box, b: Box): boolean {
  if (a[2] < a[0]) return boxesMeet([a[0], a[1], 180, a[3]], b) || boxesMeet([-180, a[1], a[2], a[3]], b);
  if (b[2] < b[0]) return boxesMeet(b, a);
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/** Throws a RangeError when the value is no geometry. */
export function boxMeetsGeometry(box: Box, geometry: unknown): boolean {
  const { type, coordinates, geometries } = (geometry ?? {}) as Record<string, unknown>;
  if (type === "GeometryCollection" && Array.isArray(geometries)) {
    return geometries.some((one) => boxMeetsGeometry(box, one));
  }
  if (!Array.isArray(coordinates)) throw new RangeError("not a GeoJSON geometry");
  switch (type) {
    case "Point":
      return inside(box, coordinates as Position);
    case "MultiPoint":
      return (coordinates as Position[]).some((point) => inside(box, point));
    case "LineString":
      return lineMeets(box, coordinates as Position[]);
    case "MultiLineString":
      return (coordinates as Position[][]).some((line) => lineMeets(box, line));
    case "Polygon":
      return ringMeets(box, (coordinates as Position[][])[0] ?? []);
    case "MultiPolygon":
      return (coordinates as Position[][][]).some((polygon) => ringMeets(box, polygon[0] ?? []));
    default:
      throw new RangeError("not a GeoJSON geometry");
  }
}

function inside(box: Box, [x = NaN, y = NaN]: Position): boolean {
  return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3];
}

function lineMeets(box: Box, line: Position[]): boolean {
  return line.some((point) => inside(box, point)) || edges(line).some(([a, b]) => segmentMeets(box, a, b));
}

function ringMeets(box: Box, ring: Position[]): boolean {
  return lineMeets(box, ring) || pointInRing([box[0], box[1]], ring);
}

function edges(line: Position[]): [Position, Position][] {
  return line.slice(1).map((point, index): [Position, Position] => [line[index] ?? point, point]);
}

function segmentMeets(box: Box, a: Position, b: Position): boolean {
  const corners: Position[] = [
    [box[0], box[1]],
    [box[2], box[1]],
    [box[2], box[3]],
    [box[0], box[3]],
    [box[0], box[1]],
  ];
  return edges(corners).some(([c, d]) => side(a, b, c) * side(a, b, d) <= 0 && side(c, d, a) * side(c, d, b) <= 0);
}

function side([ax = 0, ay = 0]: Position, [bx = 0, by = 0]: Position, [cx = 0, cy = 0]: Position): number {
  return Math.sign((bx - ax) * (cy - ay) - (by - ay) * (cx - ax));
}

function pointInRing([x = 0, y = 0]: Position, ring: Position[]): boolean {
  let odd = false;
  for (const [[ax = 0, ay = 0], [bx = 0, by = 0]] of edges(ring)) {
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}
