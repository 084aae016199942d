import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

it.each(["en", "th", "zh"])("asks in %s for passwords as long as the gateway wants them", (lang) => {
  const least = /const LEAST: usize = (\d+);/.exec(read("../../../../crates/admin/src/password.rs"))?.[1];
  const words = (area: string) => JSON.parse(read(`../../locales/${lang}/${area}.json`));
  const hints = [
    words("common").setup.passwordHint,
    words("account").password.hint,
    words("users").firstHint,
  ];
  for (const hint of hints) expect(/\d+/.exec(hint)?.[0]).toBe(least);
});
