import type { Setting } from "@/api/settings";
import { isTree, set, type Tree } from "@/lib/path";

/** The item of the configuration that a setting stands in, and where in it; no `rest`: the item is the setting. */
export function place(path: string): { item: string; rest: string | null } {
  const dot = path.indexOf(".");
  return dot < 0 ? { item: path, rest: null } : { item: path.slice(0, dot), rest: path.slice(dot + 1) };
}

const NUMBERS = new Set(["whole", "number", "share", "dollars"]);
export const isNumber = (kind: string): boolean => NUMBERS.has(kind);

/** A value as the form shows it: a list one entry a line, what has parts as JSON. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((one) => (isTree(one) ? JSON.stringify(one) : one)).join("\n");
  return isTree(value) ? JSON.stringify(value) : String(value);
}

/** What was typed, as a value; `undefined`: nothing, so that the default holds. Throws where it cannot be read. */
export function valueIn(
  { kind, default: initial }: Pick<Setting, "kind" | "default">,
  text: string,
): unknown {
  const typed = text.trim();
  if (kind === "list") {
    const lines = typed
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
    const numbers =
      Array.isArray(initial) && initial.length > 0 && initial.every((one) => typeof one === "number");
    return numbers ? lines.map(numberOf) : lines;
  }
  if (typed === "") return undefined;
  if (kind === "flag") return typed === "true";
  if (isNumber(kind)) return numberOf(typed);
  return /^[{[]/.test(typed) ? JSON.parse(typed) : typed;
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isNaN(number)) throw new Error(text);
  return number;
}

/** The item with the setting changed in it; `undefined`: nothing is left that has to be said. */
export function bodyWith(body: unknown, rest: string | null, value: unknown): unknown {
  if (rest === null) return value;
  const next: Tree = set(isTree(body) ? body : {}, rest, value);
  return Object.keys(next).length === 0 ? undefined : next;
}
