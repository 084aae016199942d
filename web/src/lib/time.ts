import { language } from "./language";

/** A moment for people: 22 Nov 2026, 14:03:09. */
export function moment(ms: number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "medium" }).format(ms);
}

/** The time of day: 14:03:09. */
export function clock(ms: number): string {
  return new Intl.DateTimeFormat(language(), { timeStyle: "medium" }).format(ms);
}

/** The day: 22 Nov. */
export function day(ms: number, zone?: string): string {
  return new Intl.DateTimeFormat(language(), { day: "numeric", month: "short", timeZone: zone }).format(ms);
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1000],
];

/** How long ago or ahead: 3 minutes ago. */
export function ago(ms: number, now: number): string {
  const distance = ms - now;
  const [unit, size] = STEPS.find(([, size]) => Math.abs(distance) >= size) ?? ["second", 1000];
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto", style: "short" }).format(
    Math.round(distance / size),
    unit,
  );
}
