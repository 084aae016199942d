// What neither the type checker nor Biome sees: files that are too long, and words that one language has and another lacks.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const SRC = new URL("../src/", import.meta.url).pathname;
const MOST_LINES = 250;
const problems = [];

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

for (const path of files(SRC)) {
  if (!/\.tsx?$/.test(path) || path.endsWith(".gen.ts")) continue;
  const lines = readFileSync(path, "utf8").split("\n").length - 1;
  if (lines > MOST_LINES)
    problems.push(`${path.slice(SRC.length)}: ${lines} lines; split it (at most ${MOST_LINES})`);
}

/** The keys of a tree of words; plural forms count as one, since languages have different ones. */
const keys = (tree, path = "") =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "object"
      ? keys(value, `${path}${key}.`)
      : [[`${path}${key}`.replace(/_(zero|one|two|few|many|other)$/, ""), value]],
  );
const names = (text) =>
  [...String(text).matchAll(/\{\{\s*(\w+)/g)]
    .map(([, name]) => name)
    .sort()
    .join();

const locales = join(SRC, "locales");
for (const area of readdirSync(join(locales, "en"))) {
  const read = (lang) => new Map(keys(JSON.parse(readFileSync(join(locales, lang, area), "utf8"))));
  const en = read("en");
  for (const lang of ["th", "zh"]) {
    const other = read(lang);
    for (const [key, words] of en) {
      const there = other.get(key);
      if (there === undefined) problems.push(`${lang}/${area}: lacks ${key}`);
      else if (!String(there).trim()) problems.push(`${lang}/${area}: ${key} is empty`);
      else if (names(there) !== names(words))
        problems.push(`${lang}/${area}: ${key} has other {{names}} than the English`);
    }
    for (const key of other.keys())
      if (!en.has(key)) problems.push(`${lang}/${area}: ${key} is in no English file`);
  }
}

for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);
