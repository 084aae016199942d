import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { before, type PeriodName, period, savingsQuery, statisticsQuery } from "@/api/statistics";
import { Chart, colour } from "@/components/charts/Chart";
import { Stat } from "@/components/common/bits";
import { Page } from "@/components/common/Page";
import { PeriodPicker } from "@/components/common/PeriodPicker";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { useNow } from "@/hooks/useNow";
import { useUrlState } from "@/hooks/useUrlState";
import { change, money, short, whole } from "@/lib/format";
import { eachStep } from "@/lib/steps";
import { Breakdown } from "./Breakdown";
import { SavingsCard } from "./SavingsCard";

const NAMES: PeriodName[] = ["24h", "7d", "30d", "90d"];

/** What requests cost, who spent it on what, and what paid models would have cost. */
export function CostsPage() {
  const { t } = useTranslation("costs");
  const [{ last }, put] = useUrlState({ last: "30d" });
  const minute = Math.floor(useNow(60_000) / 60_000) * 60_000;
  const now = useMemo(() => period(last as PeriodName, minute), [last, minute]);
  const sums = useQuery(statisticsQuery("all", now));
  const then = useQuery(statisticsQuery("all", before(now)));
  const days = useQuery(statisticsQuery("time", now));
  const savings = useQuery(savingsQuery(now));
  const sum = sums.data?.[0];
  const old = then.data?.[0];
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={<PeriodPicker names={NAMES} value={last} onChange={(name) => put({ last: name })} />}
    >
      <Card>
        <Loaded query={sums}>
          {() => (
            <dl className="grid grid-cols-2 gap-4 pt-2 md:grid-cols-4">
              <Stat
                label={t("spent")}
                value={money(sum?.cost_nano ?? 0)}
                change={change(sum?.cost_nano, old?.cost_nano)}
                goodUp={false}
              />
              <Stat
                label={t("each")}
                value={sum?.requests ? money(sum.cost_nano / sum.requests) : "–"}
                change={
                  old?.requests && sum?.requests
                    ? change(sum.cost_nano / sum.requests, old.cost_nano / old.requests)
                    : null
                }
                goodUp={false}
              />
              <Stat label={t("tokens")} value={short((sum?.input ?? 0) + (sum?.output ?? 0))} />
              <Stat
                label={t("unpriced")}
                value={whole(sum?.unpriced ?? 0)}
                hint={sum?.unpriced ? t("unpricedHint") : undefined}
              />
            </dl>
          )}
        </Loaded>
      </Card>
      <Card title={t("overTime")}>
        <Loaded query={days}>
          {(list) => (
            <Chart
              title={t("overTime")}
              step={now.step}
              format={money}
              series={[{ id: "cost", name: t("spent"), color: colour(0) }]}
              points={eachStep(
                now,
                list,
                (one) => Number(one.of),
                (at, one) => ({ at, cost: one?.cost_nano ?? 0 }),
              )}
            />
          )}
        </Loaded>
      </Card>
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <Breakdown by="key" period={now} />
        <Breakdown by="deployment" period={now} />
        <Breakdown by="route" period={now} />
        <SavingsCard query={savings} />
      </div>
    </Page>
  );
}
