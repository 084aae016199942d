import { describe, expect, it } from "vitest";
import type { Told } from "@/api/playground";
import { ended, failed, fold } from "./fold";
import { begun, DRAFT, messagesOf, requestOf, type Step, sendable, type Turn } from "./talk";

const folded = (told: Told[], step: Step = begun()) =>
  told.reduce((now, each, row) => fold(now, each, (row + 1) * 10), step);
const chunk = (delta: object, more: object = {}): Told => ({
  kind: "chunk",
  body: { choices: [{ delta, ...more }] },
});
const head = (headers: Record<string, string>, status = 200): Told => ({
  kind: "head",
  status,
  headers: new Headers(headers),
});

describe("an answer that comes in pieces", () => {
  it("is put together, with what it took and cost", () => {
    const step = ended(
      folded([
        head({ "x-wye-decision-id": "d1", "x-wye-provider": "p", "x-wye-model": "m", "x-other": "y" }),
        chunk({ role: "assistant", content: "" }),
        chunk({ reasoning_content: "Hm." }),
        chunk({ content: "Hel" }),
        chunk({ content: "lo" }, { finish_reason: "stop" }),
        {
          kind: "chunk",
          body: { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2, cost: 0.0002 } },
        },
        { kind: "comment", text: "wye cost_usd=0.0001" },
        { kind: "comment", text: "keep-alive" },
      ]),
      "done",
      99,
    );
    expect(step).toMatchObject({ state: "done", text: "Hello", thoughts: "Hm.", calls: [] });
    expect(step.facts).toEqual({
      id: "d1",
      provider: "p",
      model: "m",
      headers: [
        ["x-wye-decision-id", "d1"],
        ["x-wye-model", "m"],
        ["x-wye-provider", "p"],
      ],
      firstMs: 30,
      wholeMs: 99,
      tokensIn: 3,
      tokensOut: 2,
      cost: 100_000,
      finish: "stop",
    });
  });

  it("has calls of which two come at once", () => {
    const call = (index: number, more: object) => chunk({ tool_calls: [{ index, ...more }] });
    const step = folded([
      call(0, { id: "a", function: { name: "f", arguments: '{"x"' } }),
      call(1, { id: "b", function: { name: "g", arguments: "{}" } }),
      call(0, { function: { arguments: ":1}" } }),
    ]);
    expect(step.calls).toEqual([
      { id: "a", name: "f", arguments: '{"x":1}', result: null },
      { id: "b", name: "g", arguments: "{}", result: null },
    ]);
    expect(step.facts.firstMs).toBe(10);
  });

  it("that breaks keeps what was said and says why", () => {
    const step = ended(
      folded([
        chunk({ content: "Hal" }),
        { kind: "chunk", body: { error: { code: "provider_timeout", message: "late" } } },
      ]),
      "done",
      50,
    );
    expect(step).toMatchObject({
      state: "failed",
      text: "Hal",
      failure: { code: "provider_timeout", message: "late" },
    });
  });
});

describe("an answer that comes at once", () => {
  it("is read as well", () => {
    const step = folded([
      head({ "x-wye-cost-usd": "0" }),
      {
        kind: "whole",
        body: {
          choices: [
            {
              finish_reason: "tool_calls",
              message: { content: null, tool_calls: [{ id: "a", function: { name: "f", arguments: "{}" } }] },
            },
          ],
        },
      },
    ]);
    expect(step.calls).toHaveLength(1);
    expect(step.facts).toMatchObject({ cost: 0, tokensIn: null, finish: "tool_calls", firstMs: 20 });
  });

  it("may be a refusal, whose code is in the header", () => {
    const step = folded([
      head({ "x-wye-code": "budget_exceeded", "retry-after": "60" }, 402),
      { kind: "whole", body: { error: { code: "insufficient_quota", message: "spent" } } },
    ]);
    expect(step.failure).toEqual({ code: "budget_exceeded", message: "spent", retryAfter: 60 });
  });

  it("may be no JSON at all", () => {
    expect(folded([{ kind: "whole", body: null }]).state).toBe("failed");
  });
});

describe("what is sent", () => {
  const done = (more: Partial<Step>): Step => ({ ...begun(), state: "done", ...more });
  const call = { id: "a", name: "f", arguments: "{}", result: null };
  const turn = (text: string, steps: Step[] | null): Turn => ({
    id: 1,
    text,
    pictures: [],
    answers: [null, steps && { model: "m", steps }],
  });

  it("is each column's own conversation", () => {
    const turns = [turn("hi", [done({ text: "hello" })]), turn("and?", null)];
    expect(messagesOf("", turns, 0)).toEqual([
      { role: "user", content: "hi" },
      { role: "user", content: "and?" },
    ]);
    expect(messagesOf("Be brief", turns, 1)).toEqual([
      { role: "system", content: "Be brief" },
      { role: "user", content: "hi" },
      { role: "assistant", content: "hello" },
      { role: "user", content: "and?" },
    ]);
  });

  it("has calls only with their results", () => {
    const open = [turn("hi", [done({ calls: [call] }), done({ text: "so" })])];
    expect(messagesOf("", open, 1)).toEqual([
      { role: "user", content: "hi" },
      { role: "assistant", content: "so" },
    ]);
    const answered = [turn("hi", [done({ calls: [{ ...call, result: "42" }] })])];
    expect(messagesOf("", answered, 1).slice(1)).toEqual([
      {
        role: "assistant",
        content: null,
        tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "a", content: "42" },
    ]);
  });

  it("leaves out what failed before it said anything", () => {
    const broken = failed(begun(), { code: "x", message: "", retryAfter: null });
    expect(messagesOf("", [turn("hi", [broken])], 1)).toEqual([{ role: "user", content: "hi" }]);
  });

  it("carries pictures beside the text", () => {
    const turns: Turn[] = [
      { id: 1, text: "what?", pictures: [{ name: "a", url: "data:x", bytes: 1 }], answers: [] },
    ];
    expect(messagesOf("", turns, 0)).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "what?" },
          { type: "image_url", image_url: { url: "data:x" } },
        ],
      },
    ]);
  });

  it("has only what was typed", () => {
    expect(requestOf("m", { ...DRAFT, stream: false }, [], 0)).toEqual({ model: "m", messages: [] });
    const full = {
      ...DRAFT,
      temperature: "0",
      maxTokens: "50",
      effort: "low",
      toolsOn: true,
      schemaOn: true,
      prefer: "groq, p/*",
      strategy: "cheapest",
      maxPrompt: "1.5",
      maxLatency: "900",
      freeOnly: true,
    };
    expect(requestOf("m", full, [], 0)).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
      max_completion_tokens: 50,
      reasoning_effort: "low",
      prefer: ["groq", "p/*"],
      strategy: "cheapest",
      max_price: { prompt: 1.5 },
      max_latency_ms: 900,
      free_only: true,
      response_format: { type: "json_schema" },
      tools: [{ type: "function" }],
    });
  });

  it("is held back while its JSON is none", () => {
    expect(sendable(DRAFT)).toBe(true);
    expect(sendable({ ...DRAFT, tools: "[", toolsOn: false })).toBe(true);
    expect(sendable({ ...DRAFT, tools: "[", toolsOn: true })).toBe(false);
    expect(sendable({ ...DRAFT, schema: "[]", schemaOn: true })).toBe(false);
  });
});
