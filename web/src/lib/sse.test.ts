import { describe, expect, it } from "vitest";
import { StreamReader } from "./sse";

const TEXT =
  'data: {"a":1}\n\n: wye cost_usd=0.0001\n\ndata: one\r\ndata: two\r\n\r\nevent: x\nid: 3\n\ndata:[DONE]\n\n';
const PARTS = [
  { data: '{"a":1}' },
  { comment: "wye cost_usd=0.0001" },
  { data: "one\ntwo" },
  { data: "[DONE]" },
];

describe("a stream of events", () => {
  it.each([1, 2, 3, 7, 1000])("is the same in pieces of %d characters", (size) => {
    const reader = new StreamReader();
    const parts = [];
    for (let at = 0; at < TEXT.length; at += size) parts.push(...reader.take(TEXT.slice(at, at + size)));
    expect(parts).toEqual(PARTS);
  });

  it("that breaks off keeps what came", () => {
    const reader = new StreamReader();
    expect(reader.take("data: half")).toEqual([]);
    expect(reader.end()).toEqual([{ data: "half" }]);
  });
});
