import { useTranslation } from "react-i18next";
import type { Limit } from "@/api/keys";
import { Meter } from "@/components/common/bits";
import { duration, money, short } from "@/lib/format";

const PERIODS = ["60 s", "day", "week", "month", "total"] as const;

/** The word for a limit's period, without its time zone; `null`: it is called otherwise, and shown as it comes. */
export function periodWord(period: string) {
  const known = PERIODS.find((name) => period === name || period.startsWith(`${name} `));
  return known ? (`period.${known === "60 s" ? "minute" : known}` as const) : null;
}

/** How much of a limit or budget is used, and when it begins anew. */
export function LimitMeter({ limit }: { limit: Limit }) {
  const { t } = useTranslation();
  const show = limit.measure === "money" ? money : short;
  const period = periodWord(limit.period);
  const over = period ? t(period) : limit.period;
  const measure =
    limit.measure === "money"
      ? t("measure.money")
      : limit.measure === "tokens"
        ? t("measure.tokens")
        : limit.measure === "requests"
          ? t("measure.requests")
          : t("measure.concurrent");
  const used = Math.max(limit.limit - limit.left, 0);
  const soon = limit.resets_in_ms != null && used > 0;
  return (
    <Meter
      used={used}
      limit={limit.limit}
      label={limit.measure.startsWith("concurrent") ? measure : `${measure} ${over}`}
      words={
        <>
          {t("ofLimit", { used: show(used), limit: show(limit.limit) })}
          {soon && ` · ${t("resetsIn", { time: duration(limit.resets_in_ms) })}`}
        </>
      }
    />
  );
}

/** All limits of one owner. `limited`: it has some, whether they are counted already or not. */
export function LimitMeters({ limits, limited = false }: { limits: Limit[]; limited?: boolean }) {
  const { t } = useTranslation();
  if (limits.length === 0) return <p className="text-muted">{limited ? t("uncounted") : t("unlimited")}</p>;
  return (
    <div className="flex flex-col gap-2.5">
      {limits.map((limit) => (
        <LimitMeter key={`${limit.measure} ${limit.period}`} limit={limit} />
      ))}
    </div>
  );
}
