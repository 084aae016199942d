import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { before, type PeriodName, period, savingsQuery, statisticsQuery } from "@/api/statistics";
import { GROUPS } from "@/components/charts/overTime";
import { SeriesChart } from "@/components/charts/SeriesChart";
import { Page } from "@/components/common/Page";
import { PeriodPicker } from "@/components/common/PeriodPicker";
import { Card } from "@/components/ui/Card";
import { Tabs } from "@/components/ui/Tabs";
import { useNow } from "@/hooks/useNow";
import { useUrlState } from "@/hooks/useUrlState";
import { choice } from "@/lib/choice";
import { Breakdown } from "./Breakdown";
import { ForecastCard } from "./ForecastCard";
import { WAYS } from "./rows";
import { SavingsCard } from "./SavingsCard";
import { Spent } from "./Spent";

const NAMES: PeriodName[] = ["24h", "7d", "30d", "90d"];

/** What requests cost, who spent it on what, what the month will cost, and what paid models would have cost. */
export function CostsPage() {
  const { t } = useTranslation(["costs", "charts"]);
  const [state, put] = useUrlState({ last: "30d", by: "key", rows: "" });
  const last = choice(state.last, NAMES, "30d");
  const by = choice(state.by, WAYS, "key");
  const minute = Math.floor(useNow(60_000) / 60_000) * 60_000;
  const now = useMemo(() => period(last, minute), [last, minute]);
  const sums = useQuery(statisticsQuery("all", now));
  const then = useQuery(statisticsQuery("all", before(now)));
  const savings = useQuery(savingsQuery(now));
  const nothing = sums.data !== undefined && !sums.data[0]?.requests;
  // What can be told apart over time is stacked in the chart as well.
  const group = GROUPS.find((one) => one === by) ?? null;
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={<PeriodPicker names={NAMES} value={last} onChange={(name) => put({ last: name })} />}
    >
      <Spent now={sums} then={then} />
      <ForecastCard />
      <Card title={t("breakdown")}>
        <Tabs
          label={t("breakdown")}
          value={by}
          onChange={(id) => put({ by: id, rows: "" })}
          tabs={WAYS.map((way) => ({
            id: way,
            label: t(`by.${way}`),
            content: (
              <div className="flex flex-col gap-4">
                {!nothing && <SeriesChart measure="cost" group={group} period={now} title={t("overTime")} />}
                <Breakdown
                  way={way}
                  period={now}
                  since={last === "90d" ? "all" : last}
                  spent={sums.data?.[0]?.cost_nano}
                  all={state.rows === "all"}
                  onAll={() => put({ rows: "all" })}
                />
              </div>
            ),
          }))}
        />
      </Card>
      <SavingsCard query={savings} />
    </Page>
  );
}
