import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import th from "@/locales/th/meaning.json";
import zh from "@/locales/zh/meaning.json";

const CRATES = new URL("../../../crates/", import.meta.url);
const source = (path: string) => readFileSync(new URL(path, CRATES), "utf8");
const folder = (path: string) =>
  readdirSync(new URL(path, CRATES))
    .filter((name) => name.endsWith(".rs"))
    .map((name) => source(`${path}${name}`))
    .join("\n");

/** The texts in a piece of Rust, as the program has them. */
const texts = (rust: string) =>
  [...rust.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)].map(([, text = ""]) =>
    text.replace(/\\\n\s*/g, "").replaceAll('\\"', '"'),
  );

type Key = { name: string; doc: string; table: string | undefined };

/** A call from its name to the bracket that ends it. */
function call(rust: string, from: number): string {
  let depth = 0;
  for (let at = rust.indexOf("(", from); at < rust.length; at += 1) {
    const letter = rust[at];
    if (letter === '"') {
      for (at += 1; rust[at] !== '"'; at += 1) if (rust[at] === "\\") at += 1;
    } else if (letter === "(") depth += 1;
    else if (letter === ")") {
      depth -= 1;
      if (depth === 0) return rust.slice(from, at + 1);
    }
  }
  throw new Error(`a call has no end: ${rust.slice(from, from + 60)}`);
}

const rust = folder("config/src/key/");
const consts = new Map(
  [...rust.matchAll(/const (\w+): (?:&\[Key\]|Key) =([\s\S]*?);\n(?=\n|const|pub|fn|\/\/|$)/g)].map(
    ([, name = "", body = ""]) => [name, body],
  ),
);

/** The keys of a table: those that are written there, and those that it names. */
function keys(table: string): Key[] {
  const body = consts.get(table);
  if (body === undefined) throw new Error(`there is no table ${table}`);
  const found: Key[] = [];
  let at = 0;
  for (const token of body.matchAll(/\b(?:key|able|about)\(|\b[A-Z][A-Z_]+\b/g)) {
    if (token.index < at) continue;
    if (!token[0].endsWith("(")) {
      if (consts.has(token[0])) found.push(...keys(token[0]));
      continue;
    }
    const whole = call(body, token.index);
    at = token.index + whole.length;
    const said = texts(whole);
    found.push({
      name: said[0] ?? "",
      doc: said.at(-1) ?? "",
      table: /^key\(\s*"\w+",\s*Kind::Table\((\w+)\)/.exec(whole)?.[1],
    });
  }
  return found;
}

/** Every setting below a table, with its path. */
const settings = (table: string, names?: string[], before = ""): { path: string; doc: string }[] =>
  keys(table)
    .filter(({ name }) => !names || names.includes(name))
    .flatMap(({ name, doc, table: inner }) =>
      inner ? settings(inner, undefined, `${before}${name}.`) : [{ path: before + name, doc }],
    );

const SECTIONS = ["keys", "teams", "budgets", "providers", "routes"];
const own = settings(
  "ROOT",
  keys("ROOT")
    .map(({ name }) => name)
    .filter((name) => !SECTIONS.includes(name)),
);

/** The names of settings that a sheet of the console shows as the gateway's schema has them. */
const sheet = (name: string) => {
  const text = [name, "Finer"]
    .map((file) => readFileSync(new URL(`../pages/providers/one/${file}.tsx`, import.meta.url), "utf8"))
    .join("\n");
  const lists = [...text.matchAll(/const [A-Z]+ = \[([^\]]*)\]/g)].map(([, list = ""]) => list).join();
  return [...texts(lists), "price"];
};

const between = (path: string, begin: string, end: string) => {
  const text = source(path);
  const from = text.indexOf(begin);
  expect(from, `${begin} in ${path}`).toBeGreaterThanOrEqual(0);
  return text.slice(from, text.indexOf(end, from));
};
const given = folder("providers/src/provider/");

/** Every English text that the console shows of the gateway's, by where it is from. */
const SHOWN: [string, string[], number][] = [
  ["settings", own.map(({ doc }) => doc), 50],
  ["settings of providers", settings("PROVIDER", sheet("SettingsSheet")).map(({ doc }) => doc), 15],
  ["settings of models", settings("MODEL", sheet("ModelSheet")).map(({ doc }) => doc), 30],
  [
    "variables of the environment",
    [...between("gateway/src/environment.rs", "const OWN", "\n];").matchAll(/"[A-Z_]+",\s*"([^"]+)"/g)].map(
      ([, doc = ""]) => doc,
    ),
    10,
  ],
  ["what free tiers want", [...given.matchAll(/\bterms: "([^"]+)"/g)].map(([, text = ""]) => text), 8],
  ["free credits", [...given.matchAll(/Free::Credit\("([^"]+)"\)/g)].map(([, text = ""]) => text), 3],
  ["what keys look like", texts(between("server/src/admin/provider/need.rs", "fn key(", "_ =>")), 2],
  [
    "templates of routes",
    [...source("config/src/template.rs").matchAll(/\babout: ("(?:[^"\\]|\\[\s\S])*")/g)].flatMap(
      ([, text = ""]) => texts(text),
    ),
    3,
  ],
];

describe.each([
  ["th", th],
  ["zh", zh],
])(
  "the gateway's words in %s",
  (_, { titles, texts: known }: { titles: Record<string, string>; texts: Record<string, string> }) => {
    it("name every setting, and no other", () => {
      expect(own.length).toBeGreaterThan(45);
      expect(Object.keys(titles).sort()).toEqual(own.map(({ path }) => path).sort());
    });

    it.each(SHOWN)("are there for %s as the gateway says them now", (_where, english, least) => {
      expect(english.length).toBeGreaterThanOrEqual(least);
      expect(english.filter((text) => !known[text]?.trim())).toEqual([]);
    });

    it("hold nothing that the gateway no longer says", () => {
      const said = new Set(SHOWN.flatMap(([, english]) => english));
      expect(Object.keys(known).filter((text) => !said.has(text))).toEqual([]);
    });
  },
);

it("knows how the gateway speaks of the variables of providers", () => {
  const environment = source("gateway/src/environment.rs");
  expect(environment).toContain('"A key of {}."');
  expect(environment).toContain('"The address of {}."');
});
