import { StreamReader } from "@/lib/sse";
import { under } from "@/lib/url";
import { api, take } from "./client";
import { Problem } from "./problem";
import type { components } from "./schema.gen";

type Session = components["schemas"]["PlaygroundSession"];

/** A key is renewed this long before it ends: an answer may take a while. */
const EARLY = 120_000;

let session: Session | null = null;
let opening: Promise<Session> | null = null;

/** The key of this page, in memory alone; a new one where there is none, or it ends soon. */
async function token(): Promise<string> {
  if (session && session.expires_ms - EARLY > Date.now()) return session.token;
  opening ??= take(api.POST("/api/v1/playground/session")).finally(() => {
    opening = null;
  });
  session = await opening;
  return session.token;
}

/** What comes back from a door: its head first, then what it says. */
export type Told =
  | { kind: "head"; status: number; headers: Headers }
  | { kind: "chunk"; body: unknown }
  | { kind: "comment"; text: string }
  | { kind: "whole"; body: unknown };

const send = async (body: string, key: string, signal: AbortSignal): Promise<Response> => {
  try {
    return await fetch(under("v1/chat/completions"), {
      method: "POST",
      body,
      signal,
      // The key says who asks: the session's cookies stay out of it.
      credentials: "omit",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}`, "x-wye-cost": "true" },
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Problem(0, { code: "unreachable" });
  }
};

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/**
 * Asks the ordinary chat door. A key that the gateway no longer knows (it was started anew, or another node answers) is
 * renewed once.
 */
export async function chat(request: unknown, signal: AbortSignal, tell: (told: Told) => void): Promise<void> {
  const body = JSON.stringify(request);
  let response = await send(body, await token(), signal);
  if (response.status === 401) {
    session = null;
    response = await send(body, await token(), signal);
  }
  tell({ kind: "head", status: response.status, headers: response.headers });
  const events = response.headers.get("content-type")?.startsWith("text/event-stream");
  if (!events || !response.body) {
    tell({ kind: "whole", body: parsed(await response.text()) });
    return;
  }
  const reader = new StreamReader();
  const pieces = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const pass = (parts: ReturnType<StreamReader["take"]>) => {
    for (const part of parts) {
      if ("comment" in part) tell({ kind: "comment", text: part.comment });
      else if (part.data !== "[DONE]") tell({ kind: "chunk", body: parsed(part.data) });
    }
  };
  for (;;) {
    const { done, value } = await pieces.read();
    if (done) break;
    pass(reader.take(value));
  }
  pass(reader.end());
}
