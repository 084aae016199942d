import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import en from "@/locales/en/terms.json";
import { about } from "./terms";

const source = (path: string) => readFileSync(new URL(`../../../../crates/${path}`, import.meta.url), "utf8");

/** The quoted words of a part of a file, from `begin` to `end`. */
const words = (path: string, begin: string, end: string, each = /"([a-z0-9_]+)"/g) => {
  const text = source(path);
  const from = text.indexOf(begin);
  expect(from, `${begin} in ${path}`).toBeGreaterThanOrEqual(0);
  const part = text.slice(from, text.indexOf(end, from + begin.length));
  return [...part.matchAll(each)].map(([, word]) => word ?? "");
};

/** Each set, and where the gateway has it. */
const SETS: [keyof typeof en, string[]][] = [
  [
    "code",
    words(
      "types/src/code.rs",
      "pub const CODES",
      "\n];",
      /"((?:caller|policy|cost|budget|provider|gateway)_[a-z_]+)"/g,
    ),
  ],
  ["refusal", words("types/src/record/refusal.rs", "const TABLE", "];", /Self::\w+,\s*"(\w+)"/g)],
  ["category", words("profile/src/category.rs", "fn name", "\n    }\n\n")],
  ["mode", words("types/src/record/decision.rs", "impl Mode", "\n}\n")],
  ["strategy", words("config/src/key/strategy.rs", "const STRATEGIES", "];")],
  ["trait", words("types/src/record/decision.rs", "const NAMES", "];")],
  ["session", words("types/src/record/decision.rs", "impl Affinity", "\n}\n")],
  ["script", words("profile/src/script.rs", "fn word", "\n    }\n")],
  ["role", words("types/src/record.rs", "impl Role", "\n}\n")],
  ["kind", words("types/src/kind.rs", "fn name", "\n    }\n")],
  ["basis", words("catalog/src/cost.rs", "impl Basis", "\n}\n")],
  ["item", words("catalog/src/rates.rs", "pub const ALL", "];")],
  ["score", words("routing/src/strategy/rank.rs", "fn terms(self)", "\n    }\n")],
  ["use", words("catalog/src/facts.rs", "pub const ALL", "];")],
  ["medium", words("catalog/src/facts.rs", "pub const NAMES", "];")],
  ["degraded", words("server/src/admin/advice/gather.rs", "fn kind(", "\n}\n")],
];

it.each(SETS)("has words for each %s of the gateway, and for no other", (set, names) => {
  expect(names.length).toBeGreaterThan(3);
  expect(Object.keys(en[set]).sort()).toEqual([...new Set(names)].sort());
});

it("has words for the kinds of parts of the configuration", () => {
  const document = readFileSync(new URL("../../../../docs/openapi.json", import.meta.url), "utf8");
  const kinds = JSON.parse(document).components.schemas.ConfigItem.properties.kind.description as string;
  expect(Object.keys(en.part)).toEqual([...kinds.matchAll(/`(\w+)`/g)].map(([, name]) => name));
});

it("says of a refusal what the gateway says", () => {
  const table = source("types/src/record/refusal.rs");
  const said = [...table.matchAll(/Self::\w+,\s*"(\w+)",\s*\d+,\s*"([^"]+)"/g)].map(([, name, text]) => [
    name,
    text,
  ]);
  expect(Object.fromEntries(said)).toEqual(en.refusal);
});

it("finds what a reason is about", () => {
  expect(about("used up for another 4 s: 3 requests a minute of p/1 m")).toBe("3 requests a minute of p/1 m");
  expect(about("its price is not known, and a budget pays")).toBeNull();
});

it("has words for whatever the audit log tells of", () => {
  // What an endpoint does is logged by its name, but where it tells more itself.
  const rows = source("server/src/admin/table.rs").split(/\n\s+(?=(?:get|post|put|patch|delete)\()/);
  const plain = rows
    .filter((row) => !row.startsWith("get(") && !row.includes("audits_itself"))
    .flatMap((row) => [...row.matchAll(/\.called\(\s*"(\w+)"/g)].map(([, name]) => name));
  const admin = new URL("../../../../crates/admin/src/", import.meta.url);
  const own = readdirSync(admin, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".rs"))
    .flatMap((name) => [
      ...readFileSync(new URL(name, admin), "utf8").matchAll(
        /"((?:user|totp|token|session|login|logout|password)\.[a-z_]+|setup|login|logout)"/g,
      ),
    ])
    .map(([, name = ""]) => name.replaceAll(".", "_"));
  expect(own.length).toBeGreaterThan(20);
  expect(plain.length).toBeGreaterThan(15);
  expect(Object.keys(en.audit).sort()).toEqual([...new Set([...plain, ...own])].sort());
});
