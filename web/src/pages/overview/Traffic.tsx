import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Period, statisticsQuery } from "@/api/statistics";
import { Chart } from "@/components/charts/Chart";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { short } from "@/lib/format";
import { eachStep } from "@/lib/steps";

/** Requests over time: those that ended well, and those that did not. */
export function Traffic({ period }: { period: Period }) {
  const { t } = useTranslation("overview");
  const steps = useQuery(statisticsQuery("time", period));
  return (
    <Card title={t("traffic")}>
      <Loaded query={steps}>
        {(list) => (
          <Chart
            title={t("traffic")}
            step={period.step}
            format={short}
            series={[
              { id: "well", name: t("well"), color: "var(--chart-1)" },
              { id: "failed", name: t("failed"), color: "var(--bad)" },
            ]}
            points={eachStep(
              period,
              list,
              (one) => Number(one.of),
              (at, one) => ({
                at,
                well: (one?.requests ?? 0) - (one?.failed ?? 0),
                failed: one?.failed ?? 0,
              }),
            )}
          />
        )}
      </Loaded>
    </Card>
  );
}
