import type { Spec } from "@/components/input/Specs";

/** The categories that a request may be about, as the profile names them. */
export const CATEGORIES = [
  "code",
  "thai",
  "tools",
  "vision",
  "math",
  "reasoning",
  "extraction",
  "classification",
  "comprehension",
  "instruction",
  "json",
  "safety",
  "creative",
  "translation",
  "knowledge",
  "general",
] as const;

export const STRATEGIES = [
  "ordered",
  "weighted",
  "balanced",
  "adaptive",
  "fastest",
  "cheapest",
  "strongest",
  "school",
  "learned",
  "rules",
  "judge",
  "consensus",
  "verified",
] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What each strategy has of its own. Defaults are those of the configuration's table (`crates/config/src/key`). */
export const OWN: Record<Strategy, readonly Spec[]> = {
  ordered: [],
  weighted: [],
  fastest: [],
  strongest: [],
  rules: [],
  balanced: [
    { path: "weights.consecutive", kind: "number", initial: "0.3", max: 100 },
    { path: "weights.history", kind: "whole", initial: "3", max: 8 },
  ],
  adaptive: [
    { path: "weights.random", kind: "number", initial: "0.3", max: 100 },
    { path: "weights.health", kind: "number", initial: "0.1", max: 100 },
    { path: "weights.speed", kind: "number", initial: "0.3", max: 100 },
    { path: "weights.user", kind: "number", initial: "0.2", max: 100 },
    { path: "weights.consecutive", kind: "number", initial: "0.3", max: 100 },
    { path: "weights.history", kind: "whole", initial: "3", max: 8 },
  ],
  cheapest: [{ path: "cheapest.tolerance", kind: "share" }],
  school: [{ path: "school.category", kind: "word", options: CATEGORIES }],
  learned: [
    { path: "worth.dollars", kind: "dollars", initial: "0.001", max: 1000 },
    { path: "worth.wait", kind: "wait", initial: "2s" },
    { path: "school.category", kind: "word", options: CATEGORIES },
  ],
  judge: [
    { path: "judge.model", kind: "text" },
    { path: "judge.scale", kind: "whole", min: 2, max: 100 },
    { path: "judge.deadline", kind: "wait", initial: "3s" },
    { path: "judge.cache", kind: "wait", initial: "10m" },
    { path: "judge.prompt", kind: "long" },
  ],
  consensus: [
    { path: "consensus.members", kind: "whole", initial: "3", min: 2, max: 8 },
    { path: "consensus.stream", kind: "word", initial: "buffer", options: ["buffer", "refuse"] },
  ],
  verified: [
    { path: "verified.cheap", kind: "words" },
    { path: "verified.strong", kind: "text" },
  ],
};

/** Strategies by which a target's own weight counts. */
export const WEIGHED: readonly Strategy[] = ["weighted", "balanced", "adaptive"];

/** What every route has, by what it is about. */
export const COMMON: {
  id: "retry" | "timeouts" | "filter" | "hedge" | "affinity" | "checks" | "images" | "mirror" | "profile";
  specs: readonly Spec[];
}[] = [
  {
    id: "retry",
    specs: [
      { path: "retry.rounds", kind: "whole", initial: "1", min: 1, max: 10 },
      { path: "retry.attempts", kind: "whole", min: 1, max: 1000 },
      { path: "retry.backoff", kind: "wait", initial: "250ms" },
      { path: "retry.statuses", kind: "numbers", initial: "408, 429, 500, 502, 503, 504, 520–524, 529" },
      { path: "retry.keywords", kind: "words" },
      { path: "retry.empty", kind: "flag", initial: "true" },
    ],
  },
  {
    id: "timeouts",
    specs: [
      { path: "timeouts.connect", kind: "wait", initial: "5s" },
      { path: "timeouts.first_content", kind: "wait", initial: "20s" },
      { path: "timeouts.first_content_reasoning", kind: "wait", initial: "2m" },
      { path: "timeouts.idle", kind: "wait", initial: "30s" },
      { path: "timeouts.total", kind: "wait", initial: "10m" },
      { path: "wait", kind: "wait", initial: "5s" },
    ],
  },
  {
    id: "filter",
    specs: [
      { path: "filter.context_margin", kind: "number", initial: "1.1", min: 1, max: 10 },
      { path: "filter.max_latency", kind: "wait" },
      { path: "filter.max_price.input", kind: "dollars" },
      { path: "filter.max_price.output", kind: "dollars" },
      { path: "filter.free_only", kind: "flag", initial: "false" },
    ],
  },
  {
    id: "hedge",
    specs: [
      { path: "hedge.contenders", kind: "whole", initial: "1", min: 1, max: 3 },
      { path: "hedge.mode", kind: "word", initial: "adaptive", options: ["adaptive", "race"] },
      { path: "hedge.budget", kind: "share", initial: "0.05" },
      { path: "hedge.percentile", kind: "whole", initial: "97", min: 50, max: 99 },
    ],
  },
  {
    id: "affinity",
    specs: [
      { path: "affinity.by", kind: "word", initial: "auto", options: ["auto", "header", "prompt", "off"] },
      { path: "affinity.idle", kind: "wait", initial: "10m" },
      { path: "affinity.switch_cost", kind: "share", initial: "0.5" },
    ],
  },
  {
    id: "checks",
    specs: [
      { path: "validate.refusal", kind: "flag", initial: "false" },
      { path: "validate.tool_text", kind: "flag", initial: "false" },
      { path: "validate.json", kind: "flag", initial: "false" },
      { path: "validate.language", kind: "flag", initial: "false" },
      { path: "verify", kind: "flag", initial: "false" },
      { path: "continue_streams", kind: "flag", initial: "false" },
      { path: "on_loss", kind: "word", initial: "drop", options: ["drop", "refuse"] },
    ],
  },
  {
    id: "images",
    specs: [
      { path: "describe_images.with", kind: "words" },
      { path: "describe_images.ttl", kind: "wait", initial: "24h" },
      { path: "describe_images.prompt", kind: "long" },
    ],
  },
  {
    id: "mirror",
    specs: [
      { path: "mirror.target", kind: "text" },
      { path: "mirror.share", kind: "share", initial: "0.1" },
    ],
  },
  { id: "profile", specs: [{ path: "profile.min_difficulty", kind: "share", initial: "0" }] },
];
