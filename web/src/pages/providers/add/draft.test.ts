import { describe, expect, it } from "vitest";
import type { Provider } from "@/api/providers";
import { freeName } from "@/api/secrets";
import { bodyOf, draftOf, mustName, needsOf, trialOf } from "./draft";

const azure = {
  id: "azure",
  base_url: "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai/v1",
  local: false,
  needs: [
    { name: "api_key", label: "API key", hint: "", secret: true, required: true },
    {
      name: "azure_resource_name",
      label: "Azure resource name",
      hint: "",
      secret: false,
      required: true,
      placeholder: "{AZURE_RESOURCE_NAME}",
    },
  ],
} as unknown as Provider;

describe("the form of a new provider", () => {
  it("fills in what stands open in an address, and keeps the key out of what is saved", () => {
    const draft = { ...draftOf(azure), needs: { api_key: " sk-1 ", azure_resource_name: "corp" } };
    const needs = needsOf(azure, undefined);
    expect(bodyOf(draft, needs, azure.base_url, [])).toEqual({
      base_url: "https://corp.openai.azure.com/openai/v1",
    });
    expect(trialOf(draft, needs)).toMatchObject({
      id: "azure",
      api_key: "sk-1",
      needs: { azure_resource_name: "corp" },
    });
  });

  it("asks for everything of one that nobody knows, and writes its models", () => {
    const needs = needsOf(null, undefined);
    expect(needs.map(({ name }) => name)).toEqual(["dialect", "base_url", "api_key"]);
    const draft = {
      ...draftOf(null),
      id: "corp",
      needs: { dialect: "openai_chat", base_url: "https://llm.corp/v1" },
    };
    expect(mustName(null, draft)).toBe(true);
    expect(bodyOf(draft, needs, null, ["big"])).toEqual({
      dialect: "openai_chat",
      base_url: "https://llm.corp/v1",
      models: ["big"],
    });
  });

  it("takes the format of the one it is like, not the one that stood there before", () => {
    const draft = { ...draftOf(null), id: "corp", like: "anthropic" };
    expect(draft.needs.dialect).toBe("openai_chat");
    expect(bodyOf(draft, [], null, [])).toEqual({ like: "anthropic" });
    expect(trialOf(draft, []).dialect).toBeUndefined();
  });

  it("names the models of a known vendor only where they are asked for elsewhere", () => {
    const draft = draftOf(azure);
    expect(mustName(azure, draft)).toBe(false);
    expect(mustName(azure, { ...draft, needs: { base_url: "https://proxy/v1" } })).toBe(true);
  });
});

describe("the name of a new secret", () => {
  it("is free, or that of one which nothing uses", () => {
    const taken = [
      { name: "groq", used_by: ["provider/groq"] },
      { name: "groq-2", used_by: [] },
    ];
    expect(freeName("groq", taken)).toBe("groq-2");
    expect(freeName("my provider/1", [])).toBe("my-provider-1");
  });
});
