/** Whether a value is a GeoJSON geometry with sound coordinates, and what is wrong when it is not. */
import { isRecord } from "./item.js";

export type Geometry =
  { type: GeometryType; coordinates: unknown[] } | { type: "GeometryCollection"; geometries: Geometry[] };

export type GeometryType = "Point" | "LineString" | "Polygon" | "MultiPoint" | "MultiLineString" | "MultiPolygon";

export interface GeometryOptions {
  /** Whether latitudes must lie within ±90. [true] */
  latitudes?: boolean;
}

const MOST_NESTED_COLLECTIONS = 8;

type Check = (value: unknown, where: string, latitudes: boolean) => void;

/** Thrown inside this file only. */
class Unsound extends Error {}

const CHECKS = new Map<string, Check>([
  ["Point", checkPosition],
  ["LineString", checkLine],
  ["Polygon", listOf(checkRing, "ring")],
  ["MultiPoint", listOf(checkPosition, "position")],
  ["MultiLineString", listOf(checkLine, "line")],
  ["MultiPolygon", listOf(listOf(checkRing, "ring"), "polygon")],
]);

export const GEOMETRY_TYPES: readonly string[] = [...CHECKS.keys(), "GeometryCollection"];

/**
 * A clean copy of a geometry (RFC 7946 section 3.1): known type, positions of 2 or 3 finite numbers, lines of at least
 * 2 positions, rings closed and of at least 4. `problem` says in words what is wrong.
 */
export function readGeometry(
  value: unknown,
  options: GeometryOptions = {},
): { geometry: Geometry } | { problem: string } {
  try {
    return { geometry: read(value, "geometry", options.latitudes ?? true, 0) };
  } catch (thrown) {
    if (thrown instanceof Unsound) return { problem: thrown.message };
    throw thrown;
  }
}

function read(value: unknown, where: string, latitudes: boolean, depth: number): Geometry {
  if (!isRecord(value)) throw new Unsound(`${where} is not an object`);
  const type = value["type"];
  if (type === "GeometryCollection") {
    const geometries = value["geometries"];
    if (!Array.isArray(geometries) || geometries.length === 0) {
      throw new Unsound(`${where}.geometries is not a list of geometries`);
    }
    if (depth >= MOST_NESTED_COLLECTIONS) throw new Unsound("collections are nested too deeply");
    return {
      type,
      geometries: geometries.map((member, index) =>
        read(member, `${where}.geometries[${index}]`, latitudes, depth + 1),
      ),
    };
  }
  const check = typeof type === "string" ? CHECKS.get(type) : undefined;
  if (!check) {
    const shown = typeof type === "string" ? JSON.stringify(type.slice(0, 40)) : "missing";
    throw new Unsound(`${where}.type is ${shown}; it must be one of ${GEOMETRY_TYPES.join(", ")}`);
  }
  const coordinates = value["coordinates"];
  check(coordinates, "coordinates", latitudes);
  return { type: type as GeometryType, coordinates: coordinates as unknown[] };
}

function checkPosition(value: unknown, where: string, latitudes: boolean): void {
  if (!Array.isArray(value) || value.length < 2 || value.length > 3) {
    throw new Unsound(`${where} is not a position of 2 or 3 numbers [longitude, latitude, height]`);
  }
  for (const number of value) {
    if (typeof number !== "number" || !Number.isFinite(number)) {
      throw new Unsound(`${where} holds something that is not a finite number`);
    }
  }
  const latitude = value[1] as number;
  if (latitudes && Math.abs(latitude) > 90) {
    throw new Unsound(`${where} has the latitude ${latitude}, beyond ±90; GeoJSON puts the longitude first`);
  }
}

function checkLine(value: unknown, where: string, latitudes: boolean): void {
  listOf(checkPosition, "position")(value, where, latitudes);
  if ((value as unknown[]).length < 2) throw new Unsound(`${where} is a line of fewer than 2 positions`);
}

function checkRing(value: unknown, where: string, latitudes: boolean): void {
  listOf(checkPosition, "position")(value, where, latitudes);
  const ring = value as number[][];
  if (ring.length < 4) throw new Unsound(`${where} is a ring of fewer than 4 positions`);
  const first = ring[0] ?? [];
  const last = ring.at(-1) ?? [];
  if (first.length !== last.length || first.some((number, index) => number !== last[index])) {
    throw new Unsound(`${where} is a ring that is not closed: its last position must be its first one again`);
  }
}

function listOf(check: Check, what: string): Check {
  return (value, where, latitudes) => {
    if (!Array.isArray(value) || value.length === 0)
      throw new Unsound(`${where} is not a list with at least one ${what}`);
    // An index loop: a hole in the array must be looked at too.
    for (let index = 0; index < value.length; index += 1) check(value[index], `${where}[${index}]`, latitudes);
  };
}
