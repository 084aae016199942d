import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Period, type Statistic, statisticsQuery } from "@/api/statistics";
import { Empty, Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { money, percent, short } from "@/lib/format";

/** Who spent it, or on what: the dearest first. Each leads to its requests. */
export function Breakdown({ by, period }: { by: "key" | "deployment" | "route"; period: Period }) {
  const { t } = useTranslation("costs");
  const sums = useQuery(statisticsQuery(by, period));
  return (
    <Card title={t(`by.${by}`)}>
      <Loaded query={sums}>
        {(list) => {
          const rows = list
            .filter((one) => one.requests > 0)
            .sort((a, b) => b.cost_nano - a.cost_nano || b.requests - a.requests);
          const most = rows[0]?.cost_nano ?? 0;
          const all = rows.reduce((sum, one) => sum + one.cost_nano, 0);
          if (rows.length === 0) return <Empty title={t("nothing")} />;
          return (
            <ul className="flex flex-col gap-2.5">
              {rows.slice(0, 12).map((one) => (
                <li key={one.of}>
                  <div className="flex justify-between gap-3">
                    <Link
                      to="/requests"
                      search={{ ...ask(by, one), since: "all" } as never}
                      className="min-w-0 truncate hover:underline"
                    >
                      <bdi>{one.of || t("none")}</bdi>
                    </Link>
                    <span className="num shrink-0">
                      {money(one.cost_nano)}{" "}
                      <span className="text-muted">
                        {all > 0 && `${percent(one.cost_nano / all)} · `}
                        {t("requests", { count: one.requests, number: short(one.requests) })}
                      </span>
                    </span>
                  </div>
                  <div className="mt-1 h-1 rounded-full bg-sunken">
                    <div
                      className="h-full rounded-full bg-accent"
                      style={{ width: `${most > 0 ? (one.cost_nano / most) * 100 : 0}%` }}
                    />
                  </div>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

/** The filter by which the requests of a sum are found. */
function ask(by: "key" | "deployment" | "route", { of }: Statistic): Record<string, string> {
  if (by !== "deployment") return { [by]: of };
  const cut = of.indexOf("/");
  return { provider: of.slice(0, cut), model: of.slice(cut + 1) };
}
