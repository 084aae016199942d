import { useTranslation } from "react-i18next";
import { StrategyOptions } from "@/components/common/StrategyName";
import { Specs } from "@/components/input/Specs";
import { Card } from "@/components/ui/Card";
import { Field, Select } from "@/components/ui/Field";
import { set, type Tree } from "@/lib/path";
import { JudgeBox } from "./JudgeBox";
import { RulesEditor } from "./RulesEditor";
import { OWN, STRATEGIES, type Strategy, WEIGHED } from "./specs";
import { TargetsEditor } from "./TargetsEditor";
import type { Target } from "./targets";
import { useWords } from "./words";

type Props = {
  body: Tree;
  onBody: (body: Tree) => void;
  targets: Target[];
  onTargets: (targets: Target[]) => void;
  strategy: Strategy;
  names: { deployments: string[]; routes: string[] };
  wrong: (path: string) => string | undefined;
};

/** How the targets are ordered, and which they are. */
export function StrategySection({ body, onBody, targets, onTargets, strategy, names, wrong }: Props) {
  const { t } = useTranslation("routes");
  const words = useWords();
  const weights = strategy === "weighted" ? "shares" : WEIGHED.includes(strategy) ? "opinion" : "none";
  const ruled = strategy === "rules" || strategy === "judge";
  return (
    <Card title={t("strategy.title")}>
      <div className="flex flex-col gap-5">
        <Field label={t("strategy.label")} hint={t(`strategy.${strategy}`)} error={wrong("strategy")}>
          <Select value={strategy} onChange={(event) => onBody(set(body, "strategy", event.target.value))}>
            <StrategyOptions words={STRATEGIES} />
          </Select>
        </Field>
        <section>
          <h3 className="mb-1 text-sm font-medium">{t("targets.title")}</h3>
          <p className="mb-2 text-sm text-muted">{t("targets.about")}</p>
          <TargetsEditor
            targets={targets}
            onChange={onTargets}
            weights={weights}
            names={names}
            wrong={wrong}
          />
        </section>
        {OWN[strategy].length > 0 && (
          <div key={strategy} className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
            <Specs specs={OWN[strategy]} body={body} onBody={onBody} wrong={wrong} words={words} />
          </div>
        )}
        {strategy === "judge" && <JudgeBox body={body} targets={targets} />}
        {ruled && <RulesEditor body={body} onBody={onBody} wrong={wrong} />}
      </div>
    </Card>
  );
}
