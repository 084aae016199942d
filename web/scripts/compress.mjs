// After the build: a .br and a .gz beside everything that is text, which the gateway sends as they are; then the weight
// of the first page, and an end with an error if it is above what was promised.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const DIST = new URL("../dist/", import.meta.url).pathname;
/** Bytes that a browser may have to load, compressed, before the first page can be used. */
const MOST = 350 * 1024;
const TEXT = new Set([".js", ".css", ".html", ".svg", ".json", ".txt", ".webmanifest"]);

const files = (folder) =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : [path];
  });

const weight = new Map();
for (const path of files(DIST)) {
  if (path.endsWith(".br") || path.endsWith(".gz")) continue;
  const bytes = readFileSync(path);
  weight.set(path.slice(DIST.length), bytes.length);
  if (!TEXT.has(extname(path)) || bytes.length < 512) continue;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const br = brotliCompressSync(bytes, { params });
  writeFileSync(`${path}.br`, br);
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  weight.set(path.slice(DIST.length), br.length);
}

// What the first page takes: the page, what it names, what those import before they run, the overview, its words, one font.
const seen = new Set(["index.html", "theme.js"]);
const follow = (name) => {
  if (seen.has(name) || !weight.has(name)) return;
  seen.add(name);
  if (!name.endsWith(".js")) return;
  const text = readFileSync(join(DIST, name), "utf8");
  for (const [, found] of text.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) follow(`assets/${found}`);
};
const html = readFileSync(join(DIST, "index.html"), "utf8");
for (const [, found] of html.matchAll(/(?:src|href)="\.\/([^"]+)"/g)) follow(found);
for (const name of weight.keys()) {
  if (/^assets\/(OverviewPage|en|inter-latin-wght)-/.test(name)) follow(name);
}
const total = [...seen].reduce((sum, name) => sum + (weight.get(name) ?? 0), 0);
console.log(
  `first page: ${(total / 1024).toFixed(1)} KiB compressed in ${seen.size} files (at most ${MOST / 1024})`,
);
if (total > MOST) {
  console.error("the first page is too heavy: load more of it later");
  process.exit(1);
}
