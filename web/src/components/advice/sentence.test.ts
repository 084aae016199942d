import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import en from "@/locales/en/advice.json";
import { type Say, sentence } from "./sentence";

const RULES = new URL("../../../../crates/admin/src/advice/", import.meta.url);
const rules = readdirSync(RULES)
  .filter((name) => name !== "tests.rs")
  .map((name) => readFileSync(new URL(name, RULES), "utf8"));

/** The kinds that the gateway's rules can give, each with the facts that its rule adds. */
function kinds(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const rule of rules.flatMap((file) => file.split(/\n(?:pub\(super\) )?fn /))) {
    const params = [...rule.matchAll(/\.with\(\s*"(\w+)"/g)].map(([, name]) => name ?? "");
    for (const [, kind = ""] of rule.matchAll(/"([a-z_]+)",\s*(?:Urgent|Soon|Note|severity)\b/g))
      found.set(kind, new Set(params));
  }
  return found;
}

type Words = string | { [name: string]: Words };

/** All sentences of a kind: of each plural form and each case. */
const sentences = (kind: string): string[] => {
  const all = (words: Words | undefined): string[] =>
    words === undefined ? [] : typeof words === "string" ? [words] : Object.values(words).flatMap(all);
  const tree: { [name: string]: Words } = en;
  return ["", "_one", "_other"].flatMap((form) => all(tree[`${kind}${form}`]));
};

const used = (words: string) => [...words.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name ?? "");

/** As i18next does it, for plain sentences. */
const say: Say = (key, values) => {
  const form = values.count === undefined ? "" : values.count === 1 ? "_one" : "_other";
  const steps = `${key}${form}`.split(".");
  const found = steps.reduce<Words | undefined>(
    (at, step) => (typeof at === "object" ? at[step] : undefined),
    en,
  );
  return typeof found === "string"
    ? found.replace(/\{\{(\w+)\}\}/g, (all, name) => String(values[name] ?? all))
    : "";
};
const NOW = Date.UTC(2026, 10, 22);
const told = (kind: string, subject: string, params: Record<string, unknown>) =>
  sentence({ kind, subject, params }, say, (code) => code, NOW);

describe("advice", () => {
  it("has words for every kind that the gateway gives", () => {
    const all = kinds();
    expect(all.size).toBeGreaterThan(15);
    expect([...all.keys()].filter((kind) => sentences(kind).length === 0)).toEqual([]);
  });

  it("uses only facts that the gateway gives with that kind", () => {
    const wrong = [...kinds()].flatMap(([kind, params]) => {
      const given = new Set([...params, "subject", ...(params.has("count") ? ["number"] : [])]);
      return sentences(kind)
        .flatMap(used)
        .filter((name) => !given.has(name))
        .map((name) => `${kind}: ${name}`);
    });
    expect(wrong).toEqual([]);
  });

  it("has a word for every action", () => {
    const remedies = readFileSync(new URL("../advice.rs", RULES), "utf8");
    const names = [...remedies.matchAll(/Self::\w+ => "((?:open|reset|raise)_\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(names.length).toBeGreaterThan(8);
    expect(names.filter((name) => !(name && name in en.action))).toEqual([]);
  });

  it("says a sentence with its numbers as people write them", () => {
    expect(
      told("provider_failing", "corp", {
        failed: 10,
        calls: 15,
        percent: 66,
        codes: { provider_error: 2, provider_timeout: 8 },
      }),
    ).toBe("corp: 10 of 15 calls failed lately (66%). Why: provider_timeout ×8, provider_error ×2.");
    expect(
      told("budget_near", "key ci", {
        measure: "money",
        period: "month UTC",
        percent: 81,
        resets_in_ms: 7_200_000,
      }),
    ).toBe("key ci has used 81% of its budget of the month. It is whole again in 2 hr.");
    expect(
      told("quota_near", "groq/1 m", {
        measure: "requests",
        period: "86400 s",
        limit: 1000,
        left: 9,
        resets_in_ms: null,
      }),
    ).toBe("groq/1 m has 9 of 1,000 left: requests, within 24 hr.");
    expect(told("no_second_factor", "", { count: 1 })).toBe("1 administrator has no second factor.");
    expect(told("model_ends", "corp/m", { day: "2026-11-20", days: -2 })).toBe(
      "corp/m ended on 2026-11-20 (2 days ago), as the catalogue says. Use another model.",
    );
  });

  it("leaves it to the gateway's own words where it has none, or a fact is missing", () => {
    expect(told("a_new_kind", "x", {})).toBeNull();
    expect(told("credentials_refused", "x", { code: "another", count: 2 })).toBeNull();
    expect(told("route_last_target", "fast", { ready: 1 })).toBeNull();
  });
});
