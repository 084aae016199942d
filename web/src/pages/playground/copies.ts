import { quoted, shell } from "@/pages/guide/words.mjs";

export type As = "curl" | "python" | "node";

type Json = Record<string, unknown>;

/** What OpenAI's own SDKs know by name; whatever else is sent beside it. */
const KNOWN = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "temperature",
  "max_completion_tokens",
  "reasoning_effort",
  "tools",
  "response_format",
]);

/** A value as Python writes it. */
function python(value: unknown, indent = ""): string {
  const inner = `${indent}    `;
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((item) => `${inner}${python(item, inner)},\n`).join("")}${indent}]`;
  }
  if (typeof value === "object") {
    const rows = Object.entries(value).map(
      ([name, item]) => `${inner}${quoted(name)}: ${python(item, inner)},\n`,
    );
    return rows.length > 0 ? `{\n${rows.join("")}${indent}}` : "{}";
  }
  return JSON.stringify(value);
}

function inPython(url: string, key: string, request: Json): string {
  const own = Object.fromEntries(Object.entries(request).filter(([name]) => !KNOWN.has(name)));
  const rows = Object.entries(request).filter(([name]) => KNOWN.has(name));
  if (Object.keys(own).length > 0) rows.push(["extra_body", own]);
  const read = request.stream
    ? `for chunk in answer:
    if chunk.choices and chunk.choices[0].delta.content:
        print(chunk.choices[0].delta.content, end="", flush=True)`
    : "print(answer.choices[0].message.content)";
  return `from openai import OpenAI

client = OpenAI(base_url=${quoted(`${url}/v1`)}, api_key=${quoted(key)})
answer = client.chat.completions.create(
${rows.map(([name, value]) => `    ${name}=${python(value, "    ")},\n`).join("")})
${read}`;
}

function inNode(url: string, key: string, request: Json): string {
  const read = request.stream
    ? 'for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");'
    : "console.log(answer.choices[0].message.content);";
  return `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quoted(`${url}/v1`)}, apiKey: ${quoted(key)} });
const answer = await client.chat.completions.create(${JSON.stringify(request, null, 2)});
${read}`;
}

/** A request as a program that sends it. */
export function copyAs(as: As, url: string, key: string, request: Json): string {
  if (as === "python") return inPython(url, key, request);
  if (as === "node") return inNode(url, key, request);
  return `curl ${request.stream ? "-N " : ""}${shell(`${url}/v1/chat/completions`)} \\
  -H ${shell(`Authorization: Bearer ${key}`)} \\
  -H 'Content-Type: application/json' \\
  -H 'X-Wye-Cost: true' \\
  -d ${shell(JSON.stringify(request, null, 2))}`;
}
