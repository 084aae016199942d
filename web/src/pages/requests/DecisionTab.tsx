import { useTranslation } from "react-i18next";
import type { Trace } from "@/api/requests";
import { Empty } from "@/components/common/states";
import { about, useTerms } from "@/components/common/terms";
import { DecisionView } from "@/components/decision/DecisionView";

/** Why it went where it went, and what its target could not say. */
export function DecisionTab({ trace }: { trace: Trace }) {
  const { t } = useTranslation("requests");
  const term = useTerms();
  return (
    <div className="flex flex-col gap-5">
      {trace.decision ? (
        <DecisionView decision={trace.decision} />
      ) : (
        <Empty title={t(`noDecision.${trace.why_none ?? "unknown"}`)} />
      )}
      {trace.passed_over.length > 0 && (
        <section>
          <h3 className="mb-2 font-medium">{t("passedOver")}</h3>
          <ul className="flex flex-col gap-1">
            {trace.passed_over.map((target) => (
              <li key={`${target.deployment} ${target.code}`} className="flex flex-wrap gap-x-2">
                <bdi>{target.deployment}</bdi>
                <span className="text-muted">
                  {target.code
                    ? [term("refusal", target.code), about(target.reason)].filter(Boolean).join(": ")
                    : target.reason}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {trace.warnings.length > 0 && (
        <section>
          <h3 className="mb-2 font-medium">{t("warnings")}</h3>
          <ul className="list-disc pl-5">
            {trace.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
