import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { duration } from "@/lib/format";
import type { Failure } from "./talk";

const HINTS = [
  "caller_invalid_request",
  "caller_model_not_found",
  "caller_context_too_long",
  "caller_request_too_large",
  "caller_body_too_large",
  "caller_rate_limited",
  "caller_unauthenticated",
  "caller_rejected",
  "budget_exceeded",
  "budget_unpriced",
  "cost_policy_blocked",
  "provider_auth_failed",
  "provider_payment_required",
  "provider_rate_limited",
  "provider_model_not_found",
  "gateway_no_target",
  "unreachable",
] as const;

/** What to do about a code: for itself, or for its kind (`provider_…`). */
function hintFor(code: string): (typeof HINTS)[number] | "provider" | "gateway" | null {
  const own = HINTS.find((hint) => hint === code);
  if (own) return own;
  if (code.startsWith("provider_")) return "provider";
  return code.startsWith("gateway_") ? "gateway" : null;
}

/** Why there is no answer, in the gateway's words, and what can be done. */
export function Refusal({ failure }: { failure: Failure }) {
  const { t } = useTranslation("playground");
  const hint = hintFor(failure.code);
  return (
    <div role="alert" className="flex items-start gap-2 rounded-md bg-bad-soft px-3 py-2 text-bad">
      <TriangleAlert size={16} className="mt-0.5 shrink-0" />
      <div className="min-w-0 break-words">
        {failure.code && <code className="font-mono text-sm font-medium">{failure.code}</code>}
        <p>{failure.message || (hint ? "" : t("broken"))}</p>
        {hint && <p className="mt-1 text-text">{t(`hint.${hint}`)}</p>}
        {failure.retryAfter !== null && (
          <p className="mt-1 text-text">{t("retryIn", { time: duration(failure.retryAfter * 1000) })}</p>
        )}
      </div>
    </div>
  );
}
