import type { Advice } from "@/api/insight";

/** Where what mends it is done. */
export function place(
  { kind, action }: Pick<Advice, "kind" | "action">,
  /** Whether the reader is one of those without a second factor. */
  own = false,
): [string, Record<string, string>] {
  const { subject } = action;
  if (kind === "no_client_keys") return ["/keys", {}];
  if (kind === "no_second_factor" && own) return ["/account", { tab: "factor" }];
  switch (action.kind) {
    case "open_deployment":
      return ["/models", { text: subject }];
    case "open_provider":
      return [subject ? `/providers/${encodeURIComponent(subject)}` : "/providers", {}];
    case "open_key":
      return ["/keys", { find: subject }];
    case "raise_budget":
      return limited(subject);
    case "open_route":
      return [subject ? `/routes/${encodeURIComponent(subject)}` : "/routes", {}];
    case "open_users":
      return ["/users", {}];
    case "open_settings":
      return ["/settings", subject ? { find: subject } : {}];
    case "open_status":
      return ["/settings", {}];
    default:
      return ["/requests", { failed: "true" }];
  }
}

/** Where the limits of `key ci`, `team search` or `budget b, user u` are. */
function limited(owner: string): [string, Record<string, string>] {
  const [what, ...rest] = owner.split(" ");
  if (what === "team") return ["/keys", { tab: "teams" }];
  if (what === "budget") return ["/keys", { tab: "budgets" }];
  return ["/keys", { find: what === "key" ? rest.join(" ") : owner }];
}
