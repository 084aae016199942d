import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Expected, FORECAST_WAYS, type Forecast, type ForecastWay, forecastQuery } from "@/api/forecast";
import { Stat } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { Select } from "@/components/ui/Field";
import { useUrlState } from "@/hooks/useUrlState";
import { choice } from "@/lib/choice";
import { money, UNKNOWN, whole } from "@/lib/format";
import { day } from "@/lib/time";
import { BudgetsAhead } from "./BudgetsAhead";
import { SumTable } from "./SumTable";

/** What the month will have cost at its end, as far as the days before it tell, and which budgets will not last. */
export function ForecastCard() {
  const { t } = useTranslation("costs");
  const [{ ahead }, put] = useUrlState({ ahead: "all" });
  const way: ForecastWay = choice(ahead, FORECAST_WAYS, "all");
  const total = useQuery(forecastQuery("all"));
  return (
    <Card
      title={t("forecast.title")}
      actions={
        total.data &&
        tells(total.data) && (
          <Select
            className="h-8 w-auto text-sm"
            aria-label={t("forecast.by")}
            value={way}
            onChange={(event) => put({ ahead: event.target.value })}
          >
            {FORECAST_WAYS.map((one) => (
              <option key={one} value={one}>
                {t(`forecast.way.${one}`)}
              </option>
            ))}
          </Select>
        )
      }
    >
      <Loaded query={total}>
        {(forecast) => (
          <>
            <Total forecast={forecast} />
            {way !== "all" && tells(forecast) && <Parts way={way} />}
            <BudgetsAhead budgets={forecast.budgets} now={forecast.now_ms} />
          </>
        )}
      </Loaded>
    </Card>
  );
}

/** Whether there is anything to tell: a whole day of requests at least. A few hours are no measure of a month. */
const tells = ({ days, items }: Forecast) => days > 0 && items.length > 0;

/** The month's first and last day, in UTC, as the gateway counts months. */
const ends = ({ from_ms, to_ms }: Forecast) => ({ first: day(from_ms, "UTC"), last: day(to_ms - 1, "UTC") });

function Total({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation("costs");
  const [all] = forecast.items;
  if (!all || !tells(forecast))
    return (
      <div className="flex flex-wrap items-center gap-x-10 gap-y-3">
        <dl>
          <Stat label={t("forecast.spent", ends(forecast))} value={money(all?.spent_nano ?? 0)} />
        </dl>
        <p className="max-w-prose">
          <span className="font-medium">{t("forecast.none")}</span>
          <span className="block text-muted">{t("forecast.noneText")}</span>
        </p>
      </div>
    );
  return (
    <>
      <dl className="grid grid-cols-2 gap-4 md:grid-cols-4">
        <Stat label={t("forecast.spent", ends(forecast))} value={money(all.spent_nano)} />
        <Stat label={t("forecast.expected", ends(forecast))} value={money(all.expected_nano)} />
        <Stat label={t("forecast.between")} value={<Between {...all} />} />
        <Stat label={t("forecast.daily")} value={money(all.daily_nano)} />
      </dl>
      <p className="mt-3 text-sm text-muted">
        {t("forecast.basis", { count: forecast.days, number: whole(forecast.days) })}{" "}
        {all.low_nano == null ? t("forecast.unsure") : t("forecast.sure")}
      </p>
    </>
  );
}

function Between({ low_nano, high_nano }: Pick<Expected, "low_nano" | "high_nano">) {
  if (low_nano == null || high_nano == null) return <>{UNKNOWN}</>;
  return (
    <>
      {money(low_nano)} – {money(high_nano)}
    </>
  );
}

/** The same of each key, team, provider or model; the dearest first. */
function Parts({ way }: { way: Exclude<ForecastWay, "all"> }) {
  const { t } = useTranslation("costs");
  const { t: charts } = useTranslation("charts");
  const parts = useQuery(forecastQuery(way));
  return (
    <Loaded query={parts} lines={3}>
      {(forecast) =>
        forecast.items.length === 0 ? (
          <p className="mt-3 text-muted">{t("nothing")}</p>
        ) : (
          // On a phone the sum that is expected is what there is room for.
          <SumTable
            className="mt-3"
            label={t("forecast.title")}
            title={t(`way.${way}`)}
            rows={forecast.items}
            id={({ of }) => of ?? ""}
            name={({ of }) => (
              <span className="block truncate">
                {of ? <bdi>{of}</bdi> : way === "team" ? t("teamless") : charts(`none.${way}`)}
              </span>
            )}
            columns={[
              {
                title: t("forecast.spent", ends(forecast)),
                wide: true,
                cell: (one) => money(one.spent_nano),
              },
              { title: t("forecast.expected", ends(forecast)), cell: (one) => money(one.expected_nano) },
              { title: t("forecast.between"), wide: true, cell: (one) => <Between {...one} /> },
            ]}
          />
        )
      }
    </Loaded>
  );
}
