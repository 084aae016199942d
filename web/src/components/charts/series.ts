import { language } from "@/lib/language";
import { day } from "@/lib/time";

/** What is at a step: `at` in Unix seconds, and a value a series; `null`: nothing is known of it. */
export type Point = { at: number } & Record<string, number | null>;

/** A series by its key in the points. With `line` it is one; otherwise a bar on top of those before it. */
export type Series = { id: string; name: string; color: string; line?: "solid" | "dashed" };

/** The colours of series, in their order. */
export const colour = (index: number): string => `var(--chart-${(index % 8) + 1})`;

/** The colour of what is not told by itself. */
export const REST = "var(--line-strong)";

/** A step in short: its day where it is one, otherwise its time of the day. */
export const stepName = (at: number, step: number): string =>
  step >= 86_400
    ? day(at * 1000, "UTC")
    : new Intl.DateTimeFormat(language(), { hour: "2-digit", minute: "2-digit" }).format(at * 1000);

/** A step as it stands in a table, where no axis says of which day it is. */
export const stepWhole = (at: number, step: number): string =>
  step >= 86_400
    ? day(at * 1000, "UTC")
    : new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(at * 1000);
