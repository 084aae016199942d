import { queryOptions, useMutation } from "@tanstack/react-query";
import { api, take } from "./client";
import { type ConfigItem, configChanged } from "./config";
import type { components } from "./schema.gen";

export type Explained = components["schemas"]["RouteExplained"];
export type Template = components["schemas"]["RouteTemplate"];
export type JudgeTried = components["schemas"]["JudgeTried"];
export type RouteItem = ConfigItem;

/** Ready sets of routes. */
export const templatesQuery = queryOptions({
  queryKey: ["templates"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async () => (await take(api.GET("/api/v1/templates"))).items,
});

/** Adds the routes of a template, all or none. */
export const useAddTemplate = () =>
  useMutation({
    mutationFn: ({ name, base }: { name: string; base?: number }) =>
      take(api.POST("/api/v1/templates/{name}", { params: { path: { name } }, body: { base } })),
    onSuccess: configChanged,
  });

export type Question = {
  model: string;
  prompt: string;
  tools: boolean;
  image: boolean;
  schema: boolean;
  /** The client key that would send it; a gateway that has keys wants one. */
  key?: string;
  headers?: Record<string, string>;
};

/** A small request like what is asked about: the prompt, with a tool, an image or a schema where these are wanted. */
export function requestOf({ model, prompt, tools, image, schema }: Question): Record<string, unknown> {
  const pixel =
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const content = image
    ? [
        { type: "text", text: prompt },
        { type: "image_url", image_url: { url: pixel } },
      ]
    : prompt;
  return {
    model,
    messages: [{ role: "user", content }],
    ...(tools
      ? {
          tools: [
            {
              type: "function",
              function: { name: "look_up", parameters: { type: "object", properties: {} } },
            },
          ],
        }
      : {}),
    ...(schema
      ? {
          response_format: {
            type: "json_schema",
            json_schema: {
              name: "answer",
              schema: { type: "object", properties: { answer: { type: "string" } } },
            },
          },
        }
      : {}),
  };
}

/** Where a request would go, and why. Nothing is sent. */
export const useExplain = () =>
  useMutation({
    mutationFn: (question: Question) =>
      take(
        api.POST("/api/v1/route", {
          body: { request: requestOf(question) as never, key: question.key, headers: question.headers },
        }),
      ),
  });

/** Has a judge rate a prompt, for real: it costs what its answer costs. That it gives no rating is an answer, not an error. */
export const useJudge = () =>
  useMutation({
    mutationFn: (body: components["schemas"]["JudgeQuestion"]) =>
      take(api.POST("/api/v1/route/judge", { body })),
  });
