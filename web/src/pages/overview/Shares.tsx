import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type Period, type PeriodName, statisticsQuery } from "@/api/statistics";
import { Loaded } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Card } from "@/components/ui/Card";
import { percent, short } from "@/lib/format";

const MOST = 8;

type Props = { by: "deployment" | "category"; period: Period; since: PeriodName };

/** How requests are spread: over models, or over what they are about. */
export function Shares({ by, period, since }: Props) {
  const { t } = useTranslation("overview");
  const term = useTerms();
  const { t: common } = useTranslation();
  const { t: charts } = useTranslation("charts");
  const sums = useQuery(statisticsQuery(by, period));
  return (
    <Card title={t(`by.${by}`)}>
      <Loaded query={sums}>
        {(list) => {
          const rows = list.filter((one) => one.requests > 0).sort((a, b) => b.requests - a.requests);
          const all = rows.reduce((sum, one) => sum + one.requests, 0);
          if (all === 0) return <p className="text-muted">{common("noData")}</p>;
          const rest = rows.slice(MOST);
          const restSum = rest.reduce((sum, one) => sum + one.requests, 0);
          return (
            <ul className="flex flex-col gap-2">
              {rows.slice(0, MOST).map(({ of, requests }) => (
                <Share key={of} part={requests} all={all}>
                  {of ? (
                    <Link
                      to="/requests"
                      search={{ ...ask(by, of), since } as never}
                      className="hover:underline"
                    >
                      <bdi>{by === "category" ? term("category", of) : of}</bdi>
                    </Link>
                  ) : (
                    charts(`none.${by}`)
                  )}
                </Share>
              ))}
              {rest.length > 0 && (
                <Share part={restSum} all={all}>
                  <span className="text-muted">{t("more", { count: rest.length })}</span>
                </Share>
              )}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Share({ part, all, children }: { part: number; all: number; children: ReactNode }) {
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_4rem_auto] items-center gap-2">
      <span className="truncate">{children}</span>
      <span className="h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden="true">
        <span className="block h-full rounded-full bg-accent" style={{ width: `${(part / all) * 100}%` }} />
      </span>
      <span className="num min-w-24 text-right text-sm text-muted">
        {short(part)} · {percent(part / all)}
      </span>
    </li>
  );
}

/** The filter by which the requests of a share are found. */
function ask(by: Props["by"], of: string): Record<string, string> {
  if (by === "category") return { category: of };
  const cut = of.indexOf("/");
  return { provider: of.slice(0, cut), model: of.slice(cut + 1) };
}
