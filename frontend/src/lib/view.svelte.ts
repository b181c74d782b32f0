// What is looked at: one value shared by all screens, kept in the address so that a link shows the same.
import type { Bundle } from "./bundle";

export const SCREENS = ["start", "scenario", "run", "answers", "compare"] as const;
export type Screen = (typeof SCREENS)[number];

export const view = $state({
  screen: "answers" as Screen,
  time: 0,
  arm: "base",
  from: "base", // the arm that `other` is compared with
  other: "",
  measure: "",
  series: "",
  place: "",
  run: "",
  question: "",
  assumption: "",
  theme: "" as "" | "light" | "dark",
  result: "", // what is open in the studio: a result, and a case
  case: "",
});

const KEYS = { screen: "s", time: "t", arm: "arm", from: "of", other: "vs", measure: "m", series: "x", place: "p", run: "run", question: "q", assumption: "a", theme: "c", result: "result", case: "case" } as const;

/** Take the view from the address. */
export function fromHash(hash: string): void {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [key, short] of Object.entries(KEYS)) {
    const value = given.get(short);
    if (value === null) continue;
    if (key === "time") view.time = Math.max(0, Math.trunc(Number(value)) || 0);
    else if (key === "screen") view.screen = SCREENS.find((s) => s === value) ?? view.screen;
    else (view as Record<string, unknown>)[key] = value;
  }
}

/** The view as the part of an address behind #; what is as usual is left out. */
export function toHash(): string {
  const told = new URLSearchParams();
  for (const [key, short] of Object.entries(KEYS)) {
    const value = String((view as Record<string, unknown>)[key]);
    if (value && !((key === "arm" || key === "from") && value === "base") && !(key === "time" && value === "0")) told.set(short, value);
  }
  return `#${told.toString()}`;
}

/** Bring a view into what a bundle holds. */
export function fit(bundle: Bundle): void {
  const arms = bundle.arms.map((a) => a.id);
  if (!arms.includes(view.arm)) view.arm = arms[0];
  if (!arms.includes(view.from)) view.from = arms[0];
  if (!arms.includes(view.other) || view.other === view.from) view.other = arms.find((a) => a !== view.from) ?? "";
  if (!bundle.measures.some((m) => m.id === view.measure)) view.measure = bundle.measures[0]?.id ?? "";
  const names = Object.keys(bundle.series[view.arm] ?? {});
  if (!names.includes(view.series)) view.series = names.find((n) => n === bundle.measures[0]?.of) ?? names[0] ?? "";
  if (view.run && !bundle.played?.[view.run]) view.run = "";
  view.time = Math.min(view.time, bundle.days.length - 1);
}

export const dark = (): boolean =>
  view.theme ? view.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
