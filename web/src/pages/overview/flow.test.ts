import { describe, expect, it } from "vitest";
import type { FlowLink } from "@/api/insight";
import { pictured } from "./flow";

const link = (key: string, route: string, deployment: string, requests: number, failed = 0): FlowLink => ({
  key,
  route,
  deployment,
  requests,
  failed,
  cost_nano: 0,
  input: 0,
  output: 0,
});

const NAMELESS = { without: ["keyless", "routeless", "nobody"], rest: "others" } as const;

describe("the picture of traffic", () => {
  it("sums what goes the same way, and loses nothing between the columns", () => {
    const { nodes, links } = pictured(
      [link("ci", "auto", "a/x", 3), link("ci", "auto", "b/y", 2, 1), link("", "auto", "a/x", 5)],
      NAMELESS,
    );
    expect(nodes.map(({ name }) => name)).toEqual(["keyless", "auto", "a/x", "ci", "b/y"]);
    const into = (at: number) =>
      links.filter(({ target }) => target === at).reduce((sum, { value }) => sum + value, 0);
    const outOf = (at: number) =>
      links.filter(({ source }) => source === at).reduce((sum, { value }) => sum + value, 0);
    const auto = nodes.findIndex(({ name }) => name === "auto");
    expect([into(auto), outOf(auto)]).toEqual([10, 10]);
    expect(
      links.find(({ source, target }) => nodes[source]?.name === "auto" && nodes[target]?.name === "b/y"),
    ).toMatchObject({ value: 2, failed: 1 });
  });

  it("keeps a name that is a key and a route apart, so that nothing flows in a circle", () => {
    const { nodes } = pictured([link("chat", "chat", "chat/chat", 1)], NAMELESS);
    expect(nodes).toHaveLength(3);
  });

  it("does not take the sum of other links for requests without a name", () => {
    const { nodes } = pictured([link("", "auto", "a/x", 1), { ...link("", "", "", 9), others: 4 }], NAMELESS);
    expect(nodes.filter(({ column }) => column === 0).map(({ name }) => name)).toEqual(["others", "keyless"]);
  });
});
