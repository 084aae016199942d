import type { Model } from "@/api/models";

/** How a name is, in one word, and for how long. */
export type State =
  | { is: "off" | "unasked" | "ok" | "gone" | "several" }
  | { is: "shut" | "rests" | "failing"; why: string; ms: number | null };

/** Below this it counts as failing, as the gateway itself has it. */
const WELL = 50;

export function stateOf(model: Model, now: number): State {
  if (!model.enabled) return { is: "off" };
  if (model.ends && Date.parse(model.ends) < now) return { is: "gone" };
  if (model.what !== "deployment") return { is: "several" };
  const { state } = model;
  if (!state) return { is: "unasked" };
  if (state.shut) return { is: "shut", why: state.shut, ms: state.shut_for_ms ?? null };
  const resting = state.accounts.length > 0 && state.accounts.every(({ rests }) => rests.length > 0);
  if (resting) {
    const rests = state.accounts.flatMap((account) => account.rests);
    const first = rests.reduce((a, b) => (b.for_ms < a.for_ms ? b : a));
    return { is: "rests", why: first.why, ms: first.for_ms };
  }
  if (state.health < WELL) return { is: "failing", why: "failed", ms: null };
  return { is: "ok" };
}

/** Groups of states that can be looked for. */
export const HEALTHS = ["ok", "trouble", "off", "unasked"] as const;
export type Health = (typeof HEALTHS)[number];

export function healthOf(model: Model, now: number): Health {
  const { is } = stateOf(model, now);
  if (is === "off" || is === "gone") return "off";
  if (is === "shut" || is === "rests" || is === "failing") return "trouble";
  return is === "unasked" ? "unasked" : "ok";
}

/** What can be looked for, as the API names it. */
export const CAPABILITIES = [
  "tools",
  "vision",
  "audio",
  "documents",
  "reasoning",
  "structured",
  "images",
  "speech",
  "embeddings",
] as const;
export type Capability = (typeof CAPABILITIES)[number];

/** What is known that it can do. */
export function abilities(model: Model): Capability[] {
  const has: Record<Capability, boolean> = {
    tools: model.tools === true,
    vision: model.takes.includes("image"),
    audio: model.takes.includes("audio"),
    documents: model.takes.includes("pdf"),
    reasoning: model.reasoning === true,
    structured: model.structured === true,
    images: model.gives.includes("image") || model.kind === "images",
    speech: model.gives.includes("audio") || model.kind === "speech",
    embeddings: model.kind === "embeddings",
  };
  return CAPABILITIES.filter((name) => has[name]);
}

export const WHATS = ["deployment", "route", "alias", "built_in"] as const;

export const ASK = { text: "", provider: "", capability: "", free: "", health: "", what: "" };
export type Ask = typeof ASK;

/** The names that are wanted. */
export function wanted(models: readonly Model[], ask: Ask, now: number): Model[] {
  const text = ask.text.trim().toLowerCase();
  return models.filter(
    (model) =>
      (!text || `${model.name} ${model.label ?? ""}`.toLowerCase().includes(text)) &&
      (!ask.provider || model.provider === ask.provider) &&
      (!ask.capability || abilities(model).includes(ask.capability as Capability)) &&
      (!ask.free || model.free != null) &&
      (!ask.what || model.what === ask.what) &&
      (!ask.health || healthOf(model, now) === ask.health),
  );
}

export const priceOf = (model: Model, of: string): number | undefined =>
  model.prices.find((one) => one.of === of)?.pico;

/** Streams are what people wait for; where there were none, whole answers. */
export const speedOf = ({ state }: Model) =>
  state ? (state.streams.success != null ? state.streams : state.whole_answers) : undefined;
