import { afterEach, describe, expect, it, vi } from "vitest";
import type { Told } from "./playground";

afterEach(() => {
  vi.unstubAllGlobals();
  // The key of one test is not the next one's.
  vi.resetModules();
});

/** A gateway that gives keys k1, k2, … and takes those in `known`. */
function gateway(known: (key: string) => boolean, answer: () => Response) {
  const seen: string[] = [];
  let made = 0;
  vi.stubGlobal("document", { cookie: "", baseURI: "http://localhost/" });
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const url = typeof input === "string" ? input : input.url;
    if (url.endsWith("/api/v1/playground/session")) {
      made += 1;
      seen.push(`make k${made}`);
      return Response.json({ token: `k${made}`, expires_ms: Date.now() + 3_600_000, key: "console:a" });
    }
    const key = new Headers(init?.headers).get("authorization")?.replace("Bearer ", "") ?? "";
    seen.push(`ask ${key}`);
    if (known(key)) return answer();
    return Response.json({ error: { message: "no", code: "x" } }, { status: 401 });
  });
  return seen;
}

const told = async () => {
  const { chat } = await import("./playground");
  const all: Told[] = [];
  await chat({ model: "m" }, new AbortController().signal, (each) => all.push(each));
  return all;
};

describe("the chat door", () => {
  it("is asked with a key that is renewed once, and then kept", async () => {
    const seen = gateway(
      (key) => key === "k2",
      () => Response.json({ choices: [] }),
    );
    const all = await told();
    expect(all.map(({ kind }) => kind)).toEqual(["head", "whole"]);
    await told();
    expect(seen).toEqual(["make k1", "ask k1", "make k2", "ask k2", "ask k2"]);
  });

  it("that goes on refusing is not asked for ever", async () => {
    const seen = gateway(
      () => false,
      () => Response.json({}),
    );
    const [head] = await told();
    expect(head).toMatchObject({ kind: "head", status: 401 });
    expect(seen).toEqual(["make k1", "ask k1", "make k2", "ask k2"]);
  });

  it("tells events and comments of a stream, and not its end mark", async () => {
    const text = 'data: {"a":1}\n\n: wye cost_usd=0.1\n\ndata: [DONE]\n\n';
    gateway(
      () => true,
      () => new Response(text, { headers: { "content-type": "text/event-stream; charset=utf-8" } }),
    );
    expect((await told()).slice(1)).toEqual([
      { kind: "chunk", body: { a: 1 } },
      { kind: "comment", text: "wye cost_usd=0.1" },
    ]);
  });
});
