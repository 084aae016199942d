import { describe, expect, it } from "vitest";
import { copyAs } from "./copies";
import { DRAFT, requestOf } from "./talk";

const draft = { ...DRAFT, prefer: "groq", freeOnly: true, schemaOn: true };
const turns = [{ id: 1, text: 'it\'s "so"\n', pictures: [], answers: [] }];
const request = requestOf("m", draft, turns, 0);

describe("a request as code", () => {
  it("has the gateway's own fields beside what Python's SDK knows", () => {
    const code = copyAs("python", "http://h", "K", request);
    expect(code).toContain('base_url="http://h/v1", api_key="K"');
    expect(code).toContain(`    extra_body={
        "prefer": [
            "groq",
        ],
        "free_only": True,
    },`);
    expect(code).toContain('"strict": True');
    expect(code).toContain('"additionalProperties": False');
    expect(code).toContain("stream=True");
    expect(code).toContain('"content": "it\'s \\"so\\"\\n"');
    expect(code).toContain("for chunk in answer:");
  });

  it("is read to its end where it does not stream", () => {
    const whole = requestOf("m", { ...draft, stream: false }, turns, 0);
    expect(copyAs("python", "http://h", "K", whole)).toContain("print(answer.choices[0].message.content)");
    expect(copyAs("node", "http://h", "K", whole)).toContain(
      "console.log(answer.choices[0].message.content);",
    );
    expect(copyAs("curl", "http://h", "K", whole)).not.toContain("-N");
  });

  it("is quoted for shells", () => {
    const code = copyAs("curl", "http://h", "K", request);
    expect(code).toContain("it'\\''s");
    const body = /-d '([\s\S]*)'$/.exec(code)?.[1]?.replaceAll("'\\''", "'") ?? "";
    expect(JSON.parse(body)).toEqual(request);
  });

  it("is the same request for Node", () => {
    const body = /create\(([\s\S]*?)\);\nfor/.exec(copyAs("node", "http://h", "K", request))?.[1] ?? "";
    expect(JSON.parse(body)).toEqual(request);
  });
});
