import { useTranslation } from "react-i18next";
import type { Period } from "@/api/statistics";
import { GROUPS, MEASURES, type Measure } from "@/components/charts/overTime";
import { SeriesChart } from "@/components/charts/SeriesChart";
import { Card } from "@/components/ui/Card";
import { Select } from "@/components/ui/Field";
import { Tabs } from "@/components/ui/Tabs";
import { useUrlState } from "@/hooks/useUrlState";
import { choice } from "@/lib/choice";

/** How it went over time: one thing at a time, in one or told apart. */
export function OverTime({ period }: { period: Period }) {
  const { t } = useTranslation("overview");
  const [{ chart, by }, put] = useUrlState({ chart: "requests", by: "" });
  const measure: Measure = choice(chart, MEASURES, "requests");
  const group = GROUPS.find((one) => one === by) ?? null;
  return (
    <Card
      title={t("over.title")}
      actions={
        measure !== "latency" && (
          <Select
            className="h-8 w-auto text-sm"
            aria-label={t("over.by")}
            value={group ?? ""}
            onChange={(event) => put({ by: event.target.value })}
          >
            <option value="">{t("over.together")}</option>
            {GROUPS.map((one) => (
              <option key={one} value={one}>
                {t(`over.group.${one}`)}
              </option>
            ))}
          </Select>
        )
      }
    >
      <Tabs
        label={t("over.title")}
        value={measure}
        onChange={(id) => put({ chart: id })}
        tabs={MEASURES.map((id) => ({
          id,
          label: t(`over.${id}`),
          content: (
            <SeriesChart measure={id} group={group} period={period} title={t(`over.${id}`)} height={240} />
          ),
        }))}
      />
    </Card>
  );
}
