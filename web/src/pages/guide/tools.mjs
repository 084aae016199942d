// @ts-check
import { install, quoted, run, shell, variables } from "./words.mjs";

/**
 * Programs that bring their own window or command.
 * @param {import("./snippets.mjs").Place} place
 * @returns {import("./snippets.mjs").Snippet[]}
 */
export function tools({ url, key, model }) {
  const v1 = `${url}/v1`;
  return [
    {
      id: "claude-code",
      title: "Claude Code",
      group: "tool",
      manual: "https://docs.anthropic.com/en/docs/claude-code/llm-gateway",
      steps: [
        install("npm install -g @anthropic-ai/claude-code"),
        variables({
          ANTHROPIC_BASE_URL: url,
          ANTHROPIC_AUTH_TOKEN: key,
          ANTHROPIC_MODEL: model,
          ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
        }),
        run("bash", "claude"),
      ],
    },
    {
      id: "codex",
      title: "Codex",
      group: "tool",
      manual: "https://developers.openai.com/codex/config-sample",
      steps: [
        install("npm install -g @openai/codex"),
        {
          kind: "file",
          path: "~/.codex/config.toml",
          language: "toml",
          code: `model = ${quoted(model)}
model_provider = "wye"

[model_providers.wye]
name = "Wye"
base_url = ${quoted(v1)}
env_key = "WYE_API_KEY"
wire_api = "responses"`,
        },
        variables({ WYE_API_KEY: key }),
        run("bash", "codex"),
      ],
    },
    {
      id: "opencode",
      title: "OpenCode",
      group: "tool",
      manual: "https://opencode.ai/docs/providers",
      steps: [
        install("npm install -g opencode-ai"),
        {
          kind: "file",
          path: "opencode.json",
          language: "json",
          code: JSON.stringify(
            {
              provider: {
                wye: {
                  npm: "@ai-sdk/openai-compatible",
                  options: { baseURL: v1, apiKey: key },
                  models: { [model]: {} },
                },
              },
            },
            null,
            2,
          ),
        },
        run("bash", `opencode -m ${shell(`wye/${model}`)}`),
      ],
    },
    {
      id: "aider",
      title: "Aider",
      group: "tool",
      manual: "https://aider.chat/docs/llms/openai-compat.html",
      steps: [
        install("python -m pip install aider-install\naider-install"),
        variables({ OPENAI_API_BASE: v1, OPENAI_API_KEY: key }),
        run("bash", `aider --model ${shell(`openai/${model}`)}`),
      ],
    },
    {
      id: "cline",
      title: "Cline",
      group: "tool",
      manual: "https://docs.cline.bot/provider-config/openai-compatible",
      steps: [
        {
          kind: "form",
          where: "Cline → ⚙",
          fields: [
            { name: "API Provider", value: "OpenAI Compatible" },
            { name: "Base URL", value: v1 },
            { name: "API Key", value: key },
            { name: "Model ID", value: model },
          ],
        },
      ],
    },
    {
      id: "open-webui",
      title: "Open WebUI",
      group: "tool",
      manual: "https://docs.openwebui.com/getting-started/quick-start/starting-with-openai-compatible",
      steps: [
        {
          kind: "form",
          where: "Admin Settings → Connections → OpenAI → Add New Connection",
          fields: [
            { name: "URL", value: v1 },
            { name: "API Key", value: key },
          ],
        },
      ],
    },
  ];
}
