import { duration, micros, money, percent, whole } from "@/lib/format";
import { ago } from "@/lib/time";

/** Something that needs a person, as the gateway's rules say it: of what kind it is, about what, and the facts. */
export type Matter = { kind: string; subject: string; params: Record<string, unknown> };

/** Gives the words of a key, or `""` where there are none. */
export type Say = (key: string, values: Record<string, unknown>) => string;

type Params = Record<string, unknown>;

/** Kinds of which there are several sentences, and which of them is said. */
const WHICH: Record<string, (params: Params) => string> = {
  credentials_refused: ({ code }) => String(code),
  degraded: ({ part }) => String(part),
  budget_used_up: ({ measure }) => (measure === "money" ? "money" : "amount"),
  budget_near: ({ measure }) => (measure === "money" ? "money" : "amount"),
  model_ends: ({ days }) => (Number(days) < 0 ? "past" : "coming"),
};

const OWNERS = ["key", "team", "budget", "provider"];
const DAY_MS = 86_400_000;

/**
 * What is the matter, in the reader's language; `null` where this kind has no words, or a fact of its sentence is missing.
 * `code` names why calls failed.
 */
export function sentence(
  { kind, subject, params }: Matter,
  say: Say,
  code: (name: string) => string,
  now: number,
): string | null {
  const key = WHICH[kind] ? `${kind}.${WHICH[kind](params)}` : kind;
  const values: Params = { subject: owner(subject, say) };
  for (const [name, value] of Object.entries(params))
    if (value !== null) values[name] = fact(name, value, params, say, code, now);
  if (typeof params.count === "number")
    Object.assign(values, { count: params.count, number: whole(params.count) });
  const said = say(key, values);
  if (said === "" || said.includes("{{")) return null;
  return values.resets_in_ms === undefined ? said : `${said} ${say("back", values)}`;
}

function fact(
  name: string,
  value: unknown,
  params: Params,
  say: Say,
  code: (name: string) => string,
  now: number,
): string {
  const number = Number(value);
  if (name === "percent") return percent(number / 100);
  if (name === "ends_ms") return ago(number, now);
  if (name === "days") return ago(now + number * DAY_MS, now);
  if (name.endsWith("_ms")) return duration(number);
  if (name.endsWith("_us")) return micros(number);
  if (name === "left" || name === "limit") return params.measure === "money" ? money(number) : whole(number);
  if (name === "measure") return say(`measure.${value}`, {}) || String(value);
  if (name === "period") return period(String(value), say);
  if (name === "codes")
    return Object.entries(value as Record<string, number>)
      .sort(([, one], [, other]) => other - one)
      .map(([of, count]) => `${code(of)} ×${whole(count)}`)
      .join(", ");
  return typeof value === "number" ? whole(value) : String(value);
}

/** `key ci` with the first word in the reader's language; any other name as it is. */
function owner(subject: string, say: Say): string {
  const [what = "", ...rest] = subject.split(" ");
  return OWNERS.includes(what) && rest.length > 0 ? say(`owner.${what}`, { name: rest.join(" ") }) : subject;
}

/** `month UTC`, `86400 s`, `total`. */
function period(text: string, say: Say): string {
  const [first = "", unit] = text.split(" ");
  const seconds = Number(first);
  if (unit === "s" && !Number.isNaN(seconds)) return say("period.other", { time: duration(seconds * 1000) });
  return say(`period.${first}`, {}) || text;
}
