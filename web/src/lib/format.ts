import { language } from "./language";

/** How numbers are written: each with its unit, in the reader's language. Nothing that is unknown is shown as nought. */
export const UNKNOWN = "–";

type Maybe = number | null | undefined;

const cache = new Map<string, Intl.NumberFormat>();

function number(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${language()}${JSON.stringify(options)}`;
  let made = cache.get(key);
  if (!made) {
    made = new Intl.NumberFormat(language(), options);
    cache.set(key, made);
  }
  return made;
}

const known = (value: Maybe): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

/** A whole number: 12,345. */
export function whole(value: Maybe): string {
  return known(value) ? number({ maximumFractionDigits: 0 }).format(value) : UNKNOWN;
}

/** A number in short: 12.3K, 4.5M. */
export function short(value: Maybe): string {
  if (!known(value)) return UNKNOWN;
  if (Math.abs(value) < 10_000) return whole(value);
  return number({ notation: "compact", maximumSignificantDigits: 3 }).format(value);
}

/** A share of 1 as percent. Near 0 and 1 it keeps the digits that matter: 99.96 %. */
export function percent(share: Maybe): string {
  if (!known(share)) return UNKNOWN;
  const near =
    share > 0.99 && share < 1 ? 2 : share < 0.1 && share > 0 ? 1 : share >= 0.9995 || share === 0 ? 0 : 1;
  return number({ style: "percent", maximumFractionDigits: near }).format(share);
}

/** Nano-dollars as dollars. Small amounts keep two digits that say something: $0.00042. */
export function money(nano: Maybe): string {
  if (!known(nano)) return UNKNOWN;
  const dollars = nano / 1e9;
  const size = Math.abs(dollars);
  if (size === 0 || size >= 1) {
    const digits = size >= 1000 ? 0 : 2;
    return number({
      style: "currency",
      currency: "USD",
      currencyDisplay: "narrowSymbol",
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    }).format(dollars);
  }
  return number({
    style: "currency",
    currency: "USD",
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: 0,
    maximumSignificantDigits: 2,
  }).format(dollars);
}

/** Pico-dollars a token as dollars a million tokens: $2.50. */
export function price(pico: Maybe): string {
  return known(pico) ? money(pico * 1000) : UNKNOWN;
}

/** Milliseconds: 340 ms, 1.24 s, 2.5 min, 3 h. */
export function duration(ms: Maybe): string {
  if (!known(ms)) return UNKNOWN;
  const unit = (value: number, name: string, digits: number) => {
    // Thai has no short word for it that fits a column; its symbol is known.
    if (name === "millisecond" && language() === "th")
      return `${number({ maximumSignificantDigits: digits }).format(value)} ms`;
    return number({
      style: "unit",
      unit: name,
      unitDisplay: "short",
      maximumSignificantDigits: digits,
    }).format(value);
  };
  if (ms < 1) return unit(ms, "millisecond", 2);
  if (ms < 1000) return unit(Math.round(ms), "millisecond", 3);
  if (ms < 60_000) return unit(ms / 1000, "second", 3);
  if (ms < 3_600_000) return unit(ms / 60_000, "minute", 2);
  if (ms < 172_800_000) return unit(ms / 3_600_000, "hour", 2);
  return unit(ms / 86_400_000, "day", 2);
}

/** Microseconds, as [`duration`] does. */
export function micros(us: Maybe): string {
  return known(us) ? duration(us / 1000) : UNKNOWN;
}

/** Bytes: 12 kB. */
export function bytes(count: Maybe): string {
  if (!known(count)) return UNKNOWN;
  const steps: [number, string][] = [
    [1e9, "gigabyte"],
    [1e6, "megabyte"],
    [1e3, "kilobyte"],
  ];
  const [size, unit] = steps.find(([least]) => count >= least) ?? [1, "byte"];
  return number({ style: "unit", unit, unitDisplay: "short", maximumSignificantDigits: 3 }).format(
    count / size,
  );
}

/** Tokens a second: 43 tok/s. */
export function rate(perSecond: Maybe): string {
  return known(perSecond) ? `${number({ maximumSignificantDigits: 2 }).format(perSecond)} tok/s` : UNKNOWN;
}

/** Something a second: 0.42/s. */
export function frequency(perSecond: Maybe): string {
  return known(perSecond) ? `${number({ maximumSignificantDigits: 2 }).format(perSecond)}/s` : UNKNOWN;
}

/** How much a figure changed against the period before, as a share; `null` where there is nothing to compare with. */
export function change(now: Maybe, before: Maybe): number | null {
  return known(now) && known(before) && before !== 0 ? now / before - 1 : null;
}

/** A change with its sign: +12 %. */
export function signed(share: Maybe): string {
  if (!known(share)) return UNKNOWN;
  return number({
    style: "percent",
    maximumFractionDigits: Math.abs(share) < 0.1 ? 1 : 0,
    signDisplay: "exceptZero",
  }).format(share);
}
