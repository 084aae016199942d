import { keepSecret } from "@/api/secrets";
import type { Body } from "@/components/config/ItemDialog";

/** What is secret of alerts, and the names under which the vault keeps it. */
const SEALED = { webhook: "alerts-webhook", secret: "alerts-secret" } as const;

/** A reference, or what the gateway shows of a secret that it does not show. */
export const kept = (value: unknown): boolean =>
  typeof value === "string" && (/^(vault:|file:|\$\{)/.test(value) || value === "***");

/** Puts what was typed into the vault, so that the configuration only refers to it. */
export async function sealed(
  body: Body,
  keep: (name: string, value: string) => Promise<string> = keepSecret,
): Promise<Body> {
  const next = { ...body };
  for (const [field, name] of Object.entries(SEALED)) {
    const value = next[field];
    if (typeof value === "string" && value !== "" && !kept(value)) next[field] = await keep(name, value);
  }
  return next;
}
