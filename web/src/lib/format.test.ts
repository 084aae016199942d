import { describe, expect, it } from "vitest";
import {
  bytes,
  change,
  duration,
  frequency,
  micros,
  money,
  percent,
  price,
  rate,
  short,
  signed,
  UNKNOWN,
  whole,
} from "./format";
import { setLanguage } from "./language";

setLanguage("en");

describe("numbers for people", () => {
  it("shows what is unknown as unknown, never as nought", () => {
    for (const show of [
      whole,
      short,
      percent,
      money,
      price,
      duration,
      micros,
      bytes,
      rate,
      frequency,
      signed,
    ]) {
      expect([show(null), show(undefined), show(Number.NaN)]).toEqual([UNKNOWN, UNKNOWN, UNKNOWN]);
      expect(show(0)).not.toBe(UNKNOWN);
    }
  });

  it("keeps two digits of small amounts of money and cents of large ones", () => {
    expect(money(0)).toBe("$0.00");
    expect(money(420_000)).toBe("$0.00042");
    expect(money(59_000_000)).toBe("$0.059");
    expect(money(1_234_560_000)).toBe("$1.23");
    expect(money(1_234_560_000_000)).toBe("$1,235");
  });

  it("tells prices by the million tokens", () => {
    expect(price(2_500_000)).toBe("$2.50");
  });

  it("never rounds a failure away", () => {
    expect(percent(0.9996)).toBe("99.96%");
    expect(percent(1)).toBe("100%");
    expect(percent(0.0004)).toBe("0%");
    expect(percent(0.004)).toBe("0.4%");
    expect(percent(0.5)).toBe("50%");
  });

  it("gives every time its unit", () => {
    expect(duration(0.12)).toBe("0.12 ms");
    expect(duration(340)).toBe("340 ms");
    expect(duration(1240)).toBe("1.24 sec");
    expect(duration(150_000)).toBe("2.5 min");
    expect(duration(10_800_000)).toBe("3 hr");
    expect(micros(288_000)).toBe("288 ms");
    expect(frequency(0.4213)).toBe("0.42/s");
  });

  it("tells changes with their sign, and none where there is nothing to compare with", () => {
    expect(signed(change(112, 100))).toBe("+12%");
    expect(signed(change(97.5, 100))).toBe("-2.5%");
    expect(change(5, 0)).toBeNull();
    expect(change(null, 5)).toBeNull();
  });

  it("speaks the reader's language", () => {
    setLanguage("zh");
    expect(duration(3000)).toBe("3秒");
    setLanguage("th");
    expect(duration(3000)).toContain("วิ");
    setLanguage("en");
  });
});
