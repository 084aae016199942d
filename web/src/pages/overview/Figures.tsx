import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { before, type Period, type Statistic, savingsQuery, statisticsQuery } from "@/api/statistics";
import { Stat } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { change, micros, money, percent, short } from "@/lib/format";

const success = (sum: Statistic | undefined) =>
  sum && sum.requests > 0 ? 1 - sum.failed / sum.requests : null;

/** The figures of a period, each against the period before it. */
export function Figures({ period }: { period: Period }) {
  const { t } = useTranslation("overview");
  const sums = useQuery(statisticsQuery("all", period));
  const then = useQuery(statisticsQuery("all", before(period)));
  const savings = useQuery(savingsQuery(period));
  const now = sums.data?.[0];
  const old = then.data?.[0];
  const dearest = savings.data?.against.reduce<number | null>(
    (most, { saved_nano }) =>
      saved_nano != null && (most === null || saved_nano > most) ? saved_nano : most,
    null,
  );
  return (
    <Card>
      <Loaded query={sums}>
        {() => (
          <dl className="grid grid-cols-2 gap-x-4 gap-y-5 pt-2 sm:grid-cols-3 lg:grid-cols-4 2xl:grid-cols-8">
            <Stat
              label={t("requests")}
              value={short(now?.requests ?? 0)}
              change={change(now?.requests, old?.requests)}
            />
            <Stat
              label={t("success")}
              value={percent(success(now))}
              change={change(success(now), success(old))}
              goodUp
            />
            <Stat
              label={t("first50")}
              value={micros(now?.first_us.p50)}
              change={change(now?.first_us.p50, old?.first_us.p50)}
              goodUp={false}
            />
            <Stat
              label={t("first95")}
              value={micros(now?.first_us.p95)}
              change={change(now?.first_us.p95, old?.first_us.p95)}
              goodUp={false}
            />
            <Stat
              label={t("total50")}
              value={micros(now?.total_us.p50)}
              change={change(now?.total_us.p50, old?.total_us.p50)}
              goodUp={false}
            />
            <Stat
              label={t("tokens")}
              value={short((now?.input ?? 0) + (now?.output ?? 0))}
              change={change((now?.input ?? 0) + (now?.output ?? 0), (old?.input ?? 0) + (old?.output ?? 0))}
            />
            <Stat
              label={t("cost")}
              value={money(now?.cost_nano ?? 0)}
              change={change(now?.cost_nano, old?.cost_nano)}
              goodUp={false}
            />
            <Stat label={t("saved")} value={money(dearest)} />
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
