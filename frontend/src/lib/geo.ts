// Outlines on a conic projection of equal areas, fitted to a width.
import { geoConicEqualArea, geoPath } from "d3-geo";

type Spot = { id: string; lon: number | null; lat: number | null };
export type Drawn = { shapes: Map<string, { d: string; at: [number, number] }>; project: (lon: number, lat: number) => [number, number] | null; height: number };

/** d3 takes the side of a ring from its direction: every outer ring must run clockwise. */
function wind(feature: any): any {
  const area = (ring: number[][]) => ring.reduce((sum, p, i) => sum + (ring[(i + 1) % ring.length][0] - p[0]) * (ring[(i + 1) % ring.length][1] + p[1]), 0);
  const turn = (rings: number[][][]) => rings.map((ring, i) => (area(ring) > 0 === (i === 0) ? ring : [...ring].reverse()));
  const { type, coordinates } = feature.geometry;
  return { ...feature, geometry: { type, coordinates: type === "Polygon" ? turn(coordinates) : coordinates.map(turn) } };
}

/** Outlines as paths; `most` bounds the height, where it is given. */
export function draw(outlines: GeoJSON.FeatureCollection | null, places: Spot[], width: number, most = Infinity, margin = 4): Drawn | null {
  if (!outlines || !outlines.features.length) return null;
  const lons = places.map((p) => p.lon ?? 0), lats = places.map((p) => p.lat ?? 0);
  const projection = geoConicEqualArea().rotate([-(Math.min(...lons) + Math.max(...lons)) / 2, 0]).parallels([Math.min(...lats), Math.max(...lats)]);
  const turned = { ...outlines, features: outlines.features.map(wind) } as any;
  if (Number.isFinite(most)) projection.fitExtent([[margin, margin], [width - margin, most - margin]], turned);
  else projection.fitWidth(width - 2 * margin, turned);
  const path = geoPath(projection);
  let box = path.bounds(turned);
  if (!Number.isFinite(most)) {
    const [dx, dy] = projection.translate();
    projection.translate([dx + margin - box[0][0], dy + margin - box[0][1]]);
    box = path.bounds(turned);
  }
  const shapes = new Map<string, { d: string; at: [number, number] }>(turned.features.map((f: any) => [String(f.id), { d: path(f) ?? "", at: path.centroid(f) }]));
  return { shapes, project: (lon, lat) => projection([lon, lat]), height: Number.isFinite(most) ? most : Math.ceil(box[1][1] - box[0][1]) + 2 * margin };
}

const STOPS = ["--m0", "--m1", "--m2", "--m3", "--m4"];
/** The colour of a level from 0 to 1. */
export function shade(level: number): string {
  const at = 4 * Math.min(1, Math.max(0, level));
  const low = Math.min(3, Math.floor(at));
  return `color-mix(in oklab, var(${STOPS[low + 1]}) ${Math.round(100 * (at - low))}%, var(${STOPS[low]}))`;
}
