import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Period, statisticsQuery } from "@/api/statistics";
import { Loaded } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Card } from "@/components/ui/Card";
import { percent, short } from "@/lib/format";

const MOST = 8;

/** How requests are spread: over models, or over what they are about. */
export function Shares({ by, period }: { by: "deployment" | "category"; period: Period }) {
  const { t } = useTranslation("overview");
  const term = useTerms();
  const { t: common } = useTranslation();
  const sums = useQuery(statisticsQuery(by, period));
  return (
    <Card title={t(`by.${by}`)}>
      <Loaded query={sums}>
        {(list) => {
          const rows = list.filter((one) => one.requests > 0).sort((a, b) => b.requests - a.requests);
          const all = rows.reduce((sum, one) => sum + one.requests, 0);
          if (all === 0) return <p className="text-muted">{common("noData")}</p>;
          return (
            <ul className="flex flex-col gap-2">
              {rows.slice(0, MOST).map((one) => (
                <li key={one.of} className="grid grid-cols-[minmax(0,1fr)_5rem_4.5rem] items-center gap-2">
                  <bdi className="truncate">
                    {one.of === "" ? t("without") : by === "category" ? term("category", one.of) : one.of}
                  </bdi>
                  <span className="h-1.5 overflow-hidden rounded-full bg-sunken">
                    <span
                      className="block h-full rounded-full bg-accent"
                      style={{ width: `${(one.requests / all) * 100}%` }}
                    />
                  </span>
                  <span className="num text-right text-sm text-muted" title={short(one.requests)}>
                    {percent(one.requests / all)}
                  </span>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}
