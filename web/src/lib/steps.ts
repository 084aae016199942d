import type { Period } from "@/api/statistics";

/** A row for each step of a period: what happened in it, or `empty`. Without it a chart would hide the time in which nothing was. */
export function eachStep<T>(
  { from, to, step }: Period,
  rows: readonly T[],
  at: (row: T) => number,
  make: (at: number, row: T | undefined) => { at: number } & Record<string, number>,
) {
  const found = new Map(rows.map((row) => [at(row), row]));
  const count = Math.max(0, Math.ceil((to - from) / step));
  return Array.from({ length: count }, (_, index) => {
    const time = from + index * step;
    return make(time, found.get(time));
  });
}
