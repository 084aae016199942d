import { describe, expect, it } from "vitest";
import { sealed } from "./draft";

describe("what is secret of alerts", () => {
  it("goes into the vault, and the configuration refers to it", async () => {
    const put: string[] = [];
    const keep = async (name: string, value: string) => {
      put.push(`${name}=${value}`);
      return `vault:${name}`;
    };
    const typed = { webhook: "https://hooks.example/x", secret: "hush", least: "soon" };
    expect(await sealed(typed, keep)).toEqual({
      webhook: "vault:alerts-webhook",
      secret: "vault:alerts-secret",
      least: "soon",
    });
    expect(put).toEqual(["alerts-webhook=https://hooks.example/x", "alerts-secret=hush"]);
  });

  it("stays where it is kept already", async () => {
    const keep = async () => {
      throw new Error("nothing was typed");
    };
    for (const webhook of ["vault:x", "file:/run/x", `\${X}`, "***"])
      expect(await sealed({ webhook }, keep)).toEqual({ webhook });
    expect(await sealed({ least: "note" }, keep)).toEqual({ least: "note" });
  });
});
