// @ts-check
// What clients need to call this gateway, as data. Plain JavaScript, so that tests run the same words that the page shows
// (scripts/snippets.mjs, e2e/python/test_guide.py, e2e/node/test/guide.test.mjs). Settings of programs are those that
// e2e/clients/agents.py drives, or that the program's own manual names (`manual`).

import { tools } from "./tools.mjs";
import { install, quoted, run, shell } from "./words.mjs";

/**
 * @typedef {"bash" | "python" | "javascript" | "json" | "toml" | "text"} Language
 * @typedef {{ kind: "install" | "run" | "shell", language: Language, code: string }} CodeStep
 * @typedef {{ kind: "file", path: string, language: Language, code: string }} FileStep
 * @typedef {{ kind: "form", where: string, fields: { name: string, value: string }[] }} FormStep
 * @typedef {CodeStep | FileStep | FormStep} Step
 * @typedef {{ id: string, title: string, group: "code" | "tool", manual: string, steps: Step[] }} Snippet
 * @typedef {{ url: string, key: string, model: string }} Place
 */

/**
 * Every way to call the gateway at `url` (no slash at the end, no version) with `key`, asking for `model`.
 * @param {Place} place
 * @returns {Snippet[]}
 */
export function snippets({ url, key, model }) {
  const v1 = `${url}/v1`;
  const message = { model, messages: [{ role: "user", content: "Say hello" }] };
  return [
    {
      id: "curl",
      title: "curl",
      group: "code",
      manual: "https://platform.openai.com/docs/api-reference/chat",
      steps: [
        run(
          "bash",
          `curl ${shell(`${v1}/chat/completions`)} \\
  -H ${shell(`Authorization: Bearer ${key}`)} \\
  -H 'Content-Type: application/json' \\
  -d ${shell(JSON.stringify(message))}`,
        ),
      ],
    },
    {
      id: "openai-python",
      title: "OpenAI, Python",
      group: "code",
      manual: "https://github.com/openai/openai-python",
      steps: [
        install("pip install openai"),
        run(
          "python",
          `from openai import OpenAI

client = OpenAI(base_url=${quoted(v1)}, api_key=${quoted(key)})
answer = client.chat.completions.create(
    model=${quoted(model)},
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)`,
        ),
      ],
    },
    {
      id: "openai-node",
      title: "OpenAI, Node",
      group: "code",
      manual: "https://github.com/openai/openai-node",
      steps: [
        install("npm install openai"),
        run(
          "javascript",
          `import OpenAI from "openai";

const client = new OpenAI({ baseURL: ${quoted(v1)}, apiKey: ${quoted(key)} });
const answer = await client.chat.completions.create({
  model: ${quoted(model)},
  messages: [{ role: "user", content: "Say hello" }],
});
console.log(answer.choices[0].message.content);`,
        ),
      ],
    },
    {
      id: "anthropic-python",
      title: "Anthropic, Python",
      group: "code",
      manual: "https://github.com/anthropics/anthropic-sdk-python",
      steps: [
        install("pip install anthropic"),
        run(
          "python",
          `from anthropic import Anthropic

client = Anthropic(base_url=${quoted(url)}, api_key=${quoted(key)})
answer = client.messages.create(
    model=${quoted(model)},
    max_tokens=1024,
    messages=[{"role": "user", "content": "Say hello"}],
)
print("".join(block.text for block in answer.content if block.type == "text"))`,
        ),
      ],
    },
    {
      id: "anthropic-node",
      title: "Anthropic, Node",
      group: "code",
      manual: "https://github.com/anthropics/anthropic-sdk-typescript",
      steps: [
        install("npm install @anthropic-ai/sdk"),
        run(
          "javascript",
          `import Anthropic from "@anthropic-ai/sdk";

const client = new Anthropic({ baseURL: ${quoted(url)}, apiKey: ${quoted(key)} });
const answer = await client.messages.create({
  model: ${quoted(model)},
  max_tokens: 1024,
  messages: [{ role: "user", content: "Say hello" }],
});
console.log(answer.content.map((block) => (block.type === "text" ? block.text : "")).join(""));`,
        ),
      ],
    },
    {
      id: "google-genai",
      title: "Google Gen AI, Python",
      group: "code",
      manual: "https://github.com/googleapis/python-genai",
      steps: [
        install("pip install google-genai"),
        run(
          "python",
          `from google import genai
from google.genai import types

client = genai.Client(api_key=${quoted(key)}, http_options=types.HttpOptions(base_url=${quoted(url)}))
answer = client.models.generate_content(model=${quoted(model)}, contents="Say hello")
print(answer.text)`,
        ),
      ],
    },
    {
      id: "langchain",
      title: "LangChain, Python",
      group: "code",
      manual: "https://python.langchain.com/docs/integrations/chat/openai/",
      steps: [
        install("pip install langchain-openai"),
        run(
          "python",
          `from langchain_openai import ChatOpenAI

model = ChatOpenAI(model=${quoted(model)}, base_url=${quoted(v1)}, api_key=${quoted(key)})
print(model.invoke("Say hello").content)`,
        ),
      ],
    },
    {
      id: "ai-sdk",
      title: "Vercel AI SDK, Node",
      group: "code",
      manual: "https://ai-sdk.dev/providers/openai-compatible-providers",
      steps: [
        install("npm install ai @ai-sdk/openai-compatible"),
        run(
          "javascript",
          `import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText } from "ai";

const wye = createOpenAICompatible({
  name: "wye",
  baseURL: ${quoted(v1)},
  apiKey: ${quoted(key)},
});
const { text } = await generateText({ model: wye(${quoted(model)}), prompt: "Say hello" });
console.log(text);`,
        ),
      ],
    },
    ...tools({ url, key, model }),
  ];
}
