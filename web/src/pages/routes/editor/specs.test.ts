import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { CATEGORIES, COMMON, OWN, STRATEGIES } from "./specs";

const source = (path: string) =>
  readFileSync(new URL(`../../../../../crates/${path}`, import.meta.url), "utf8");
const words = (text: string) => [...text.matchAll(/"([a-z_]+)"/g)].map(([, word]) => word);

it("offers the strategies that the gateway has", () => {
  const list = /const STRATEGIES[^=]*= \[(.*?)\];/s.exec(source("config/src/key/strategy.rs"))?.[1] ?? "";
  expect([...STRATEGIES]).toEqual(words(list));
});

it("offers the categories that the gateway has", () => {
  const list = /const WORDS[^=]*= &\[(.*?)\];/s.exec(source("config/src/key/way.rs"))?.[1] ?? "";
  expect([...CATEGORIES].sort()).toEqual(words(list).sort());
});

it("names settings that the gateway has", () => {
  const known = ["route", "strategy", "way", "shape"]
    .map((file) => source(`config/src/key/${file}.rs`))
    .join("");
  const paths = [...COMMON.flatMap(({ specs }) => specs), ...Object.values(OWN).flat()].map(
    ({ path }) => path,
  );
  const unknown = paths.flatMap((path) => path.split(".")).filter((part) => !known.includes(`"${part}"`));
  expect(unknown).toEqual([]);
});
