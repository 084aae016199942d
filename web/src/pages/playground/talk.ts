/** The words of a conversation, and what is sent of them. */

export type Picture = { name: string; url: string; bytes: number };

export type Call = { id: string; name: string; arguments: string; result: string | null };

export type Failure = { code: string; message: string; retryAfter: number | null };

/** What is known of one answer besides its words. */
export type Facts = {
  id: string | null;
  provider: string | null;
  model: string | null;
  /** `x-wye-…`: why it went where it went, and whatever else the gateway says. */
  headers: [string, string][];
  firstMs: number | null;
  wholeMs: number | null;
  tokensIn: number | null;
  tokensOut: number | null;
  /** Nano-dollars. */
  cost: number | null;
  finish: string | null;
};

/** One request and what came of it. An answer has several where tools were called. */
export type Step = {
  state: "running" | "done" | "stopped" | "failed";
  text: string;
  thoughts: string;
  calls: Call[];
  facts: Facts;
  failure: Failure | null;
};

export type Answer = { model: string; steps: Step[] };

/** What the person says, and what each column answers. */
export type Turn = { id: number; text: string; pictures: Picture[]; answers: (Answer | null)[] };

export type Draft = typeof DRAFT;

/** Everything besides the conversation that is sent, as it was typed. */
export const DRAFT = {
  system: "",
  temperature: "",
  maxTokens: "",
  effort: "",
  stream: true,
  toolsOn: false,
  tools: "",
  schemaOn: false,
  schema: "",
  prefer: "",
  exclude: "",
  strategy: "",
  maxPrompt: "",
  maxCompletion: "",
  maxRequest: "",
  maxLatency: "",
  freeOnly: false,
};

export const TOOLS = `[
  {
    "type": "function",
    "function": {
      "name": "get_weather",
      "description": "The weather of a city.",
      "parameters": {
        "type": "object",
        "properties": { "city": { "type": "string" } },
        "required": ["city"]
      }
    }
  }
]`;

export const SCHEMA = `{
  "type": "object",
  "properties": { "city": { "type": "string" }, "population": { "type": "integer" } },
  "required": ["city", "population"],
  "additionalProperties": false
}`;

export const NO_FACTS: Facts = {
  id: null,
  provider: null,
  model: null,
  headers: [],
  firstMs: null,
  wholeMs: null,
  tokensIn: null,
  tokensOut: null,
  cost: null,
  finish: null,
};

export const begun = (): Step => ({
  state: "running",
  text: "",
  thoughts: "",
  calls: [],
  facts: NO_FACTS,
  failure: null,
});

/** The messages of a column's conversation. Answers that failed or said nothing are left out. */
export function messagesOf(system: string, turns: Turn[], column: number): unknown[] {
  const messages: unknown[] = system.trim() ? [{ role: "system", content: system }] : [];
  for (const { text, pictures, answers } of turns) {
    const parts = pictures.map(({ url }) => ({ type: "image_url", image_url: { url } }));
    messages.push({
      role: "user",
      content: parts.length > 0 ? [...(text ? [{ type: "text", text }] : []), ...parts] : text,
    });
    for (const { text: said, calls } of answers[column]?.steps ?? []) {
      // Calls without results would be refused: a provider wants one for each.
      const answered = calls.length > 0 && calls.every(({ result }) => result !== null);
      if (!said && !answered) continue;
      messages.push({
        role: "assistant",
        content: said || null,
        ...(answered ? { tool_calls: calls.map(callOf) } : {}),
      });
      if (answered)
        for (const { id, result } of calls)
          messages.push({ role: "tool", tool_call_id: id, content: result });
    }
  }
  return messages;
}

const callOf = ({ id, name, arguments: args }: Call) => ({
  id,
  type: "function",
  function: { name, arguments: args },
});

const list = (text: string) =>
  text
    .split(/[,\n]/)
    .map((word) => word.trim())
    .filter(Boolean);

const numeric = (text: string) => (text.trim() === "" ? undefined : Number(text));

/** What is wrong with a text that has to be JSON of a kind; null: nothing. */
export function wrongJson(text: string, kind: "list" | "object"): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return kind === "list"
      ? !Array.isArray(value)
      : typeof value !== "object" || !value || Array.isArray(value);
  } catch {
    return true;
  }
}

/** Whether what was typed can be sent. */
export const sendable = (draft: Draft): boolean =>
  !(draft.toolsOn && wrongJson(draft.tools || TOOLS, "list")) &&
  !(draft.schemaOn && wrongJson(draft.schema || SCHEMA, "object"));

/** The request to one column's model. What was left empty is not sent. */
export function requestOf(
  model: string,
  draft: Draft,
  turns: Turn[],
  column: number,
): Record<string, unknown> {
  const prices = {
    prompt: numeric(draft.maxPrompt),
    completion: numeric(draft.maxCompletion),
    request: numeric(draft.maxRequest),
  };
  const some = (words: string[]) => (words.length > 0 ? words : undefined);
  const request = {
    model,
    messages: messagesOf(draft.system, turns, column),
    ...(draft.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    temperature: numeric(draft.temperature),
    max_completion_tokens: numeric(draft.maxTokens),
    reasoning_effort: draft.effort || undefined,
    tools: draft.toolsOn ? (JSON.parse(draft.tools || TOOLS) as unknown) : undefined,
    response_format: draft.schemaOn
      ? {
          type: "json_schema",
          json_schema: {
            name: "answer",
            strict: true,
            schema: JSON.parse(draft.schema || SCHEMA) as unknown,
          },
        }
      : undefined,
    prefer: some(list(draft.prefer)),
    exclude: some(list(draft.exclude)),
    strategy: draft.strategy || undefined,
    max_price: Object.values(prices).some((price) => price !== undefined) ? prices : undefined,
    max_latency_ms: numeric(draft.maxLatency),
    free_only: draft.freeOnly || undefined,
  };
  // Fields that are undefined are no fields.
  return JSON.parse(JSON.stringify(request)) as Record<string, unknown>;
}
