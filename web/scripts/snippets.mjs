// Prints what the console's guide says for an address, a key and a model, as JSON: `node snippets.mjs URL KEY MODEL`.
import { snippets } from "../src/pages/guide/snippets.mjs";

const [url, key, model] = process.argv.slice(2);
if (!url || !key || !model) {
  console.error("usage: node snippets.mjs URL KEY MODEL");
  process.exit(2);
}
console.log(JSON.stringify(snippets({ url, key, model })));
