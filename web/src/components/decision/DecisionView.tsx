import { useTranslation } from "react-i18next";
import type { Decision } from "@/api/requests";
import { Facts } from "@/components/common/bits";
import { StrategyName } from "@/components/common/StrategyName";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { percent, whole } from "@/lib/format";
import { Candidates } from "./Candidates";

/** A decision for people: what was known, which routes were followed, who was weighed and with what result. */
export function DecisionView({ decision }: { decision: Decision }) {
  const { t } = useTranslation("decision");
  const term = useTerms();
  const { facts, profile, chain, session } = decision;
  return (
    <div className="@container flex flex-col gap-5">
      <ol className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {chain.map((hop, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a chain is an order
          <li key={index} className="flex items-center gap-2">
            {index > 0 && <span className="text-muted">→</span>}
            <bdi className="font-medium">{hop.route}</bdi>
            <StrategyName word={hop.strategy} />
            {hop.reason && <span className="text-muted">{hop.reason}</span>}
          </li>
        ))}
        {decision.mode !== "in_turn" && <Badge tone="info">{term("mode", decision.mode)}</Badge>}
      </ol>
      <div className="grid gap-5 @2xl:grid-cols-2">
        <section>
          <h3 className="mb-2 font-medium">{t("facts")}</h3>
          <Facts
            rows={[
              [t("tokensIn"), `≈ ${whole(facts.tokens_in)}`],
              [t("tokensOut"), whole(facts.tokens_out)],
              [t("traits"), facts.traits.map((name) => term("trait", name)).join(", ") || t("noTraits")],
              [t("script"), facts.script ? term("script", facts.script) : "–"],
              ...(facts.tags.length > 0 ? ([[t("tags"), facts.tags.join(", ")]] as [string, string][]) : []),
              ...(session
                ? ([
                    [
                      t("session"),
                      `${term("session", session.outcome)}${session.home ? ` · ${session.home}` : ""}`,
                    ],
                  ] as [string, string][])
                : []),
            ]}
          />
        </section>
        {profile && (
          <section>
            <h3 className="mb-2 font-medium">{t("profile")}</h3>
            <ul className="flex flex-col gap-1.5">
              {profile.categories.map(({ name, likely }) => (
                <li key={name} className="grid grid-cols-[7rem_1fr_3.5rem] items-center gap-2">
                  <span>{term("category", name)}</span>
                  <span className="h-2 overflow-hidden rounded-full bg-sunken">
                    <span
                      className="block h-full rounded-full bg-accent"
                      style={{ width: `${(likely ?? 0) * 100}%` }}
                    />
                  </span>
                  <span className="num text-right text-muted">{percent(likely)}</span>
                </li>
              ))}
            </ul>
            {profile.difficulty != null && (
              <p className="num mt-2 text-muted">{t("difficulty", { share: percent(profile.difficulty) })}</p>
            )}
          </section>
        )}
      </div>
      <Candidates decision={decision} />
      <p className="num text-xs text-muted">{t("seed", { seed: decision.seed })}</p>
    </div>
  );
}
