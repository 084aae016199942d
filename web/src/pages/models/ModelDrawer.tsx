import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/models";
import { CopyButton, Facts } from "@/components/common/bits";
import { Empty } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { Badge } from "@/components/ui/Badge";
import { Dialog } from "@/components/ui/Dialog";
import { useNow } from "@/hooks/useNow";
import { price, UNKNOWN, whole } from "@/lib/format";
import { Accounts } from "./Accounts";
import { Actions } from "./Actions";
import { Grades } from "./Grades";
import { Prices } from "./Prices";
import { StateBadge } from "./StateBadge";
import { abilities, priceOf, stateOf } from "./state";
import { Targets, UsedBy } from "./UsedBy";

/** Everything about one name that can be asked for. */
export function ModelDrawer({
  model,
  name,
  onClose,
}: {
  model: Model | null;
  name: string;
  onClose: () => void;
}) {
  const { t } = useTranslation("models");
  return (
    <Dialog open={name !== ""} onClose={onClose} kind="sheet" wide title={<bdi>{name}</bdi>}>
      {model ? (
        <Content key={model.name} model={model} />
      ) : (
        <Empty title={t("unknown", { name })}>{t("unknownText")}</Empty>
      )}
    </Dialog>
  );
}

function Content({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const term = useTerms();
  const now = useNow(10_000);
  const can = abilities(model);
  const deployment = model.what === "deployment";
  return (
    <div className="flex flex-col gap-6">
      <header className="flex flex-wrap items-center gap-2">
        <StateBadge state={stateOf(model, now)} />
        <Badge tone="accent">{t(`what.${model.what as "deployment"}`)}</Badge>
        {model.free != null && <Badge tone="good">{t(`freeWhy.${model.free as "local"}`)}</Badge>}
        {can.map((one) => (
          <Badge key={one}>{t(`can.${one}`)}</Badge>
        ))}
        <CopyButton text={model.name} />
      </header>
      <Actions model={model} />
      <Facts
        rows={[
          ...(model.label ? [[t("fact.label"), model.label] as [string, string]] : []),
          [t("fact.kind"), model.kind && term("use", model.kind)],
          [
            t("fact.context"),
            model.context == null ? UNKNOWN : t("tokens", { number: whole(model.context) }),
          ],
          [
            t("fact.output"),
            model.output_limit == null ? UNKNOWN : t("tokens", { number: whole(model.output_limit) }),
          ],
          [t("fact.takes"), model.takes.map((one) => term("medium", one)).join(", ") || UNKNOWN],
          [t("fact.gives"), model.gives.map((one) => term("medium", one)).join(", ") || UNKNOWN],
          [t("col.in"), price(priceOf(model, "input"))],
          [t("col.out"), price(priceOf(model, "output"))],
          ...(model.ends ? [[t("fact.ends"), model.ends] as [string, string]] : []),
          ...(model.provider
            ? [
                [
                  t("fact.provider"),
                  <Link
                    key="provider"
                    to="/providers/$name"
                    params={{ name: model.provider }}
                    className="text-accent hover:underline"
                  >
                    <bdi>{model.provider}</bdi>
                  </Link>,
                ] as [string, React.ReactNode],
              ]
            : []),
        ]}
      />
      {deployment && <Accounts model={model} />}
      {model.prices.length > 0 && <Prices model={model} />}
      {deployment && (
        <section>
          <h3 className="mb-2 font-semibold">{t("limits")}</h3>
          <LimitMeters limits={model.limits} />
        </section>
      )}
      {!deployment && <Targets model={model} />}
      <UsedBy model={model} />
      <Grades grades={model.grades} />
    </div>
  );
}
