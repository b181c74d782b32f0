// Numbers and times as a person would say them.
import type { Bundle } from "./bundle";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A number with as many digits as a reader wants. */
export function number(value: number | null | undefined, unit = ""): string {
  if (value === null || value === undefined) return "not known";
  const size = Math.abs(value);
  if (unit !== "people" && size > 0 && size < 0.01) return value.toLocaleString("en-GB", { maximumSignificantDigits: 2, maximumFractionDigits: 20 }).replace("-", "\u2212");
  const digits = unit === "people" ? 0 : size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  const told = value.toLocaleString("en-GB", { maximumFractionDigits: digits });
  return told === "-0" ? "0" : told.replace("-", "\u2212");
}

/** A number with its unit; shares and counts without one stand alone. */
export function amount(value: number | null | undefined, unit: string): string {
  const told = number(value, unit);
  if (value === null || value === undefined || unit === "1" || unit === "") return told;
  return `${told} ${counted(unit, told === "1")}`;
}

const COUNTED: Record<string, [string, string]> = { day: ["day", "days"], places: ["place", "places"], powers: ["power", "powers"], people: ["person", "people"] };
/** A unit that is counted, for one or for many; other units stay as they are. */
export const counted = (unit: string, one = false): string => COUNTED[unit]?.[one ? 0 : 1] ?? unit;

/** Words as the store has them, with a true minus and with dates as a person writes them. */
export function tidy(text: string): string {
  return text
    .replace(/\b(\d{4})-(\d\d)-(\d\d)\b/g, (_, y, m, d) => `${Number(d)} ${MONTHS[Number(m) - 1] ?? m} ${y}`)
    .replace(/(^|[\s(])-(?=\d)/g, "$1\u2212");
}

/** Text with what stands between backticks as commands: told apart, not run. */
export const commands = (text: string): { code: boolean; text: string }[] => text.split("`").map((part, i) => ({ code: i % 2 === 1, text: part }));

/** An ISO date as a person writes it. */
export const isoWords = (iso: string): string => tidy(iso.slice(0, 10));

/** A moment as the store has it (ISO, UTC), as a day and a time here. */
export function moment(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (n: number) => String(n).padStart(2, "0");
  return `${at.getDate()} ${MONTHS[at.getMonth()]} ${at.getFullYear()}, ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** The short form of a large number, for axes. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e6) return `${+(value / 1e6).toPrecision(3)}M`;
  if (size >= 1e4) return `${+(value / 1e3).toPrecision(3)}k`;
  return value.toLocaleString("en-GB", { maximumFractionDigits: 2 });
}

/** A calendar day of the run. */
export function date(bundle: Bundle, day: number, year = true): string {
  const start = Date.parse(`${bundle.start}T00:00:00Z`);
  if (Number.isNaN(start)) return `day ${day}`;
  const at = new Date(start + Math.floor(day + 1e-9) * 86400e3);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}${year ? ` ${at.getUTCFullYear()}` : ""}`;
}

/** The same as an ISO date, to meet records. */
export function isoDate(bundle: Bundle, day: number): string {
  const start = Date.parse(`${bundle.start}T00:00:00Z`);
  return Number.isNaN(start) ? "" : new Date(start + Math.floor(day + 1e-9) * 86400e3).toISOString().slice(0, 10);
}

/** A change of a question's answer; of chances in 100 futures. */
export function change(value: number | null, unit: string): string {
  if (value === null) return "open";
  if (unit === "probability") {
    const points = Math.round(1000 * value) / 10;
    return `${points > 0 ? "+" : points < 0 ? "−" : ""}${number(Math.abs(points))} in 100`;
  }
  const told = amount(Math.abs(value), unit);
  return `${/^0(\D|$)/.test(told) && !told.startsWith("0.") ? "" : value > 0 ? "+" : "−"}${told}`;
}

/** How to cite a result; the same words as in the plain part of a report. */
export function citation(bundle: Bundle): string {
  const made = bundle.created ? ` (${bundle.created.slice(0, 10)})` : "";
  const digest = bundle.scenario_sha256 ? `, scenario ${bundle.scenario_sha256.slice(0, 16)}` : "";
  return `${bundle.title}${made}: ${bundle.futures.toLocaleString("en-GB")} futures, seed ${bundle.seed}${digest}. Diarchy ${bundle.version}.`;
}

export const listed = (value: string | string[] | undefined): string[] => (value === undefined ? [] : [value].flat());
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
