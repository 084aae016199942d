import type { Told } from "@/api/playground";
import type { Call, Failure, Step } from "./talk";

type Json = Record<string, unknown>;

const json = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const count = (value: unknown): number | null => (typeof value === "number" ? value : null);
const nano = (dollars: unknown): number | null => {
  const value = typeof dollars === "string" || typeof dollars === "number" ? Number(dollars) : Number.NaN;
  return Number.isFinite(value) ? Math.round(value * 1e9) : null;
};

/** A step after the gateway has said one thing more; `ms`: how long after the request was sent. */
export function fold(step: Step, told: Told, ms: number): Step {
  switch (told.kind) {
    case "head":
      return headed(step, told.headers);
    case "comment": {
      const cost = nano(/^wye cost_usd=(\S+)$/.exec(told.text)?.[1]);
      return cost === null ? step : { ...step, facts: { ...step.facts, cost } };
    }
    case "chunk":
      return said(step, json(told.body), "delta", ms);
    default:
      if (told.body === null && step.failure === null)
        return failed(step, { code: "", message: "", retryAfter: null });
      return said(step, json(told.body), "message", ms);
  }
}

/** A step after its answer has ended, of itself or because it was stopped. */
export function ended(step: Step, state: "done" | "stopped", ms: number): Step {
  return { ...step, state: step.failure ? "failed" : state, facts: { ...step.facts, wholeMs: ms } };
}

export const failed = (step: Step, failure: Failure): Step => ({ ...step, state: "failed", failure });

function headed(step: Step, headers: Headers): Step {
  const own = [...headers].filter(([name]) => name.startsWith("x-wye-") || name === "retry-after");
  return {
    ...step,
    facts: {
      ...step.facts,
      id: headers.get("x-wye-decision-id") ?? headers.get("x-request-id"),
      provider: headers.get("x-wye-provider"),
      model: headers.get("x-wye-model"),
      cost: nano(headers.get("x-wye-cost-usd")),
      headers: own,
    },
  };
}

const header = (step: Step, name: string) => step.facts.headers.find(([each]) => each === name)?.[1];

function said(step: Step, body: Json, part: "delta" | "message", ms: number): Step {
  if (body.error !== undefined) {
    const error = json(body.error);
    return failed(step, {
      code: header(step, "x-wye-code") ?? text(error.code),
      message: text(error.message),
      retryAfter: Number(header(step, "retry-after")) || null,
    });
  }
  const choice = json(Array.isArray(body.choices) ? body.choices[0] : undefined);
  const message = json(choice[part]);
  const usage = json(body.usage);
  const more = text(message.content);
  const thoughts = text(message.reasoning_content) || text(message.reasoning);
  const calls = called(step.calls, message.tool_calls);
  const content = more !== "" || thoughts !== "" || calls !== step.calls;
  return {
    ...step,
    text: step.text + more,
    thoughts: step.thoughts + thoughts,
    calls,
    facts: {
      ...step.facts,
      firstMs: step.facts.firstMs ?? (content ? ms : null),
      tokensIn: count(usage.prompt_tokens) ?? step.facts.tokensIn,
      tokensOut: count(usage.completion_tokens) ?? step.facts.tokensOut,
      cost: nano(usage.cost) ?? step.facts.cost,
      finish: text(choice.finish_reason) || step.facts.finish,
    },
  };
}

/** Calls come whole, or in pieces that name their place. */
function called(before: Call[], pieces: unknown): Call[] {
  if (!Array.isArray(pieces) || pieces.length === 0) return before;
  const calls = [...before];
  pieces.forEach((piece: unknown, place) => {
    const { id, index, function: of } = json(piece);
    const at = count(index) ?? place;
    const call = calls[at] ?? { id: "", name: "", arguments: "", result: null };
    calls[at] = {
      ...call,
      id: call.id || text(id),
      name: call.name + text(json(of).name),
      arguments: call.arguments + text(json(of).arguments),
    };
  });
  return calls.filter(Boolean);
}
