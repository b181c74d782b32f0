// The result bundle as the front end sees it; its law is diarchy/report/bundle.schema.json.
import { check } from "./check";

export type Bounds = [number | null, number | null] | null;
export type Arm = { id: string; summary: string; kind: "base" | "variant" | "hypothesis"; weight: number | null; holder: string; futures: number };
export type Answer = {
  id: string; text: string; arm: string; minus_arm?: string | null; kind: "probability" | "quantity";
  value: number | null; unit: string; statistic: string; interval: Record<string, Bounds>;
  quantiles?: Record<string, number | null> | null; n: number; left_out?: Record<string, number>;
  outside?: { value: number; n?: number | null; source?: string | string[]; note?: string } | null;
  resolved?: { value: number; date?: string | null; source?: string | string[]; note?: string } | null;
  note?: string; why?: Record<string, string>; rule: string;
  said: { answer: string; luck: string; parameters: string; structure: string; outside: string; happened: string };
};
type Question = Pick<Answer, "text" | "outside" | "resolved" | "rule"> & { said: { outside: string; happened: string } };
export type Difference = { from?: string; arm: string; id: string; value: number; interval: Bounds; clear: boolean; n: number; unit: string };
export type Assumption = {
  name: string; sort: "parameter" | "fact"; unit: string; doc: string; bounds?: string;
  tag: "sourced" | "judged" | "fitted" | "lever" | "set"; evidence: string; sources: string[];
  arms: Record<string, string>; quantiles?: number[]; where?: string;
};
export type Place = { id: string; label: string; marker: boolean; lon: number | null; lat: number | null; population: number | null };
export type Measure = { id: string; of: string; unit: string; kind: "share" | "median" | "high" | "level"; text: string };
type Path = (number | null)[];
export type Fan = { unit: string; doc: string; paths: Record<string, Path>; q05: Path; q25: Path; q50: Path; q75: Path; q95: Path };
export type Board = {
  axis: string; labels: string[]; names: string[]; levels: string[]; doc: string;
  share: number[][][]; paths: Record<string, number[][]>;
};
export type Happening = {
  id: string; text: string; share: number; n: number; median_day: number | null;
  q05: number | null; q95: number | null; by_day: number[];
};
export type Told = { question: string; text: string; unit: string; here: number; all: number };
export type Kind = { medoid: number; label: string; share: number; futures: number; telling: Told[] };
export type Reason = { state: string; text: string; now: number | string | null; before: number | string | null; unit: string };
export type PlayedEvent = { day: number; state: string; mechanism: string; text: string; sort: string; why: Reason[] };
export type Unusual = { name: string; text: string; unit: string; value: number | null; rank: number };
export type Played = { run: number; events: PlayedEvent[]; unusual: Record<string, Unusual[]> };
export type Claim = {
  id: string; speaker: string; role?: string; paraphrase: string; kind: string; verdict: string;
  better?: string; source?: string | string[]; bears_on: string[];
};
export type Observed = { date: string; time?: string; place?: string; event: string; figure?: number; unit?: string; category?: string; source?: string; confidence?: string };
export type Source = { title?: string; url?: string; date?: string; confidence?: string; note?: string };
export type CaseMap = {
  axis: string; geojson: GeoJSON.FeatureCollection; markers: string[];
  thresholds: Record<string, number>; credit: string; note: string;
};
export type Bundle = {
  schema: string; version: string; case: string; title: string; summary: string; scenario: string;
  scenario_sha256: string; seed: number; futures: number; failed: number; interrupted: boolean; drawn: number;
  start: string; created: string; step_days: number; days: number[]; set: Record<string, number[]>;
  mechanisms: Record<string, string>; arms: Arm[]; questions: Record<string, Question>; answers: Answer[]; differences: Difference[];
  assumptions: Assumption[] | null; sources: Record<string, Source> | null; claims: Claim[] | null;
  observed: Observed[] | null; map: CaseMap | null; places: Place[] | null; measures: Measure[];
  series: Record<string, Record<string, Fan>>; by_place: Record<string, Record<string, (number | null)[][]>>;
  boards: Record<string, Record<string, Board>>; events: Record<string, Happening[]>;
  kinds: Kind[] | null; played: Record<string, Played> | null;
  hypotheses: Record<string, any> | null; drivers: Record<string, any> | null;
  scores: Record<string, any> | null; leverage: Record<string, any> | null;
};

/** A bundle out of JSON text, or the sentences that say why it is none. */
export function readBundle(text: string): { bundle: Bundle | null; faults: string[] } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { bundle: null, faults: ["this is not JSON"] };
  }
  const faults = check(document);
  return { bundle: faults.length ? null : whole(document as Bundle), faults };
}

/** Answers with what is told once of their question, and lists over time with the repeats at their end. */
function whole(bundle: Bundle): Bundle {
  const times = bundle.days.length;
  const long = <T>(list: T[]): T[] => (list.length < times ? [...list, ...Array<T>(times - list.length).fill(list[list.length - 1])] : list);
  for (const answer of bundle.answers) {
    const { said, ...asked } = bundle.questions[answer.id];
    Object.assign(answer, asked, { said: { ...answer.said, ...said } });
  }
  for (const arm of Object.values(bundle.by_place)) for (const id of Object.keys(arm)) arm[id] = long(arm[id]);
  for (const arm of Object.values(bundle.events)) for (const event of arm) event.by_day = long(event.by_day);
  for (const board of Object.values(bundle.boards).flatMap((arm) => Object.values(arm))) {
    board.share = board.share.map((levels) => levels.map(long));
    for (const run of Object.keys(board.paths)) board.paths[run] = board.paths[run].map(long);
  }
  return bundle;
}

/** The bundle of a report's HTML text, or the text itself when it is JSON. */
export function bundleText(text: string): string {
  const head = `<${"script"} type="application/json" id="bundle">`; // in parts, so that it ends no script that it stands in
  const from = text.indexOf(head);
  return from < 0 ? text : text.slice(from + head.length, text.indexOf("<", from + head.length));
}
