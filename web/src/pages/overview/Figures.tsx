import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import {
  before,
  lastMinute,
  type Period,
  type Savings,
  type Statistic,
  savingsQuery,
  statisticsQuery,
} from "@/api/statistics";
import { Stat } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { change, frequency, micros, money, percent, short, whole } from "@/lib/format";

type Sum = Statistic | undefined;

const share = (part: number | undefined, of: number | undefined) =>
  part !== undefined && of ? part / of : null;
const well = (sum: Sum) => (sum ? share(sum.requests - sum.failed, sum.requests) : null);
const cached = (sum: Sum) => share(sum?.cache_read, sum?.input);

/** The largest saving against any of the list prices; `null` where none is known. */
const dearest = (savings: Savings | undefined) =>
  savings?.against.reduce<number | null>(
    (most, { saved_nano }) =>
      saved_nano != null && (most === null || saved_nano > most) ? saved_nano : most,
    null,
  );

/** The figures of a period, each against the period before it. */
export function Figures({ period, nowMs }: { period: Period; nowMs: number }) {
  const { t } = useTranslation("overview");
  const past = useMemo(() => before(period), [period]);
  const sums = useQuery(statisticsQuery("all", period));
  const then = useQuery(statisticsQuery("all", past));
  const lately = useQuery(statisticsQuery("all", lastMinute(nowMs)));
  // Savings are reckoned by the hour: of minutes they would be those of other minutes too.
  const wholeHours = period.step >= 3600;
  const savings = useQuery({ ...savingsQuery(period), enabled: wholeHours });
  const savedThen = useQuery({ ...savingsQuery(past), enabled: wholeHours });
  const now = sums.data?.[0];
  const old = then.data?.[0];
  // The period ends with the step under way: what has not come yet is no time in which nothing was asked.
  const seconds = Math.max(1, Math.min(period.to, nowMs / 1000 + 60) - period.from);
  const each = (now?.requests ?? 0) / seconds;
  const eachThen = old && old.requests / (past.to - past.from);
  const minute = lately.data && (lately.data[0]?.requests ?? 0) / 60;
  const times = [
    ["first50", now?.first_us.p50, old?.first_us.p50],
    ["first95", now?.first_us.p95, old?.first_us.p95],
    ["total50", now?.total_us.p50, old?.total_us.p50],
    ["total95", now?.total_us.p95, old?.total_us.p95],
  ] as const;
  return (
    <Card>
      <Loaded query={sums} lines={3}>
        {() => (
          <dl className="grid grid-cols-2 gap-x-4 gap-y-5 pt-2 sm:grid-cols-3 lg:grid-cols-4 2xl:grid-cols-6">
            <Stat
              label={t("requests")}
              value={short(now?.requests ?? 0)}
              change={change(now?.requests, old?.requests)}
            />
            <Stat
              label={t("each")}
              value={frequency(each)}
              change={change(each, eachThen)}
              hint={t("lately", { rate: frequency(minute) })}
            />
            <Stat
              label={t("success")}
              value={percent(well(now))}
              change={change(well(now), well(old))}
              goodUp
              hint={now?.failed ? t("failures", { count: now.failed, number: whole(now.failed) }) : undefined}
            />
            <Stat
              label={t("cached")}
              value={percent(cached(now))}
              change={change(cached(now), cached(old))}
              goodUp
            />
            {times.map(([name, value, then]) => (
              <Stat
                key={name}
                label={t(name)}
                value={micros(value)}
                change={change(value, then)}
                goodUp={false}
              />
            ))}
            <Stat label={t("input")} value={short(now?.input ?? 0)} change={change(now?.input, old?.input)} />
            <Stat
              label={t("output")}
              value={short(now?.output ?? 0)}
              change={change(now?.output, old?.output)}
            />
            <Stat
              label={t("cost")}
              value={money(now?.cost_nano ?? 0)}
              change={change(now?.cost_nano, old?.cost_nano)}
              goodUp={false}
              hint={
                now?.unpriced
                  ? t("unpriced", { count: now.unpriced, number: short(now.unpriced) })
                  : undefined
              }
            />
            {wholeHours && (
              <Stat
                label={t("saved")}
                value={money(dearest(savings.data))}
                change={change(dearest(savings.data), dearest(savedThen.data))}
                goodUp
              />
            )}
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
