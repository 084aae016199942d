// @ts-check
// The parts that snippets are made of.

/** @typedef {import("./snippets.mjs").CodeStep} CodeStep */
/** @typedef {import("./snippets.mjs").Language} Language */

/** A text in quotes, as Python, JavaScript, JSON and TOML write it alike. */
export const quoted = (/** @type {string} */ text) => JSON.stringify(text);

/** A text in quotes, as shells write it. */
export const shell = (/** @type {string} */ text) => `'${text.replaceAll("'", `'\\''`)}'`;

/** @returns {CodeStep} */
export const install = (/** @type {string} */ code) => ({ kind: "install", language: "bash", code });

/** @returns {CodeStep} */
export const run = (/** @type {Language} */ language, /** @type {string} */ code) => ({
  kind: "run",
  language,
  code,
});

/** Variables of a shell. @returns {CodeStep} */
export const variables = (/** @type {Record<string, string>} */ values) => ({
  kind: "shell",
  language: "bash",
  code: Object.entries(values)
    .map(([name, value]) => `export ${name}=${shell(value)}`)
    .join("\n"),
});
