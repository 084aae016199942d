import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { inDays, type Period, type Statistic, statisticsQuery } from "@/api/statistics";
import { CopyButton } from "@/components/common/bits";
import { Empty, Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { save } from "@/lib/file";
import { money, percent, short, UNKNOWN } from "@/lib/format";
import { day } from "@/lib/time";
import { ask, csv, isPartial, ordered, type Way } from "./rows";
import { SumTable } from "./SumTable";

const MOST = 15;

type Props = {
  way: Way;
  period: Period;
  /** The same period as the list of requests calls it. */
  since: string;
  /** All that was spent in the period, in nano-dollars. */
  spent: number | undefined;
  /** Whether all rows are wanted, and not only the first. */
  all: boolean;
  onAll: () => void;
};

/** Who spent it, or on what: the dearest first. Each leads to its requests. */
export function Breakdown(props: Props) {
  const { way, period } = props;
  const { t } = useTranslation("costs");
  const by = way === "day" ? "time" : way;
  const sums = useQuery(statisticsQuery(by, way === "day" ? inDays(period) : period));
  return (
    <Loaded query={sums}>
      {(list) => {
        const rows = ordered(way, list);
        if (rows.length === 0)
          return <Empty title={t("nothing")}>{isPartial(way) && t(`partial.${way}`)}</Empty>;
        return <Table {...props} rows={rows} />;
      }}
    </Loaded>
  );
}

function Table({ way, since, spent, all, onAll, rows }: Props & { rows: Statistic[] }) {
  const { t } = useTranslation("costs");
  const sum = rows.reduce((before, one) => before + one.cost_nano, 0);
  // Where not everything has a name, shares are of all that was spent.
  const whole = isPartial(way) ? (spent ?? 0) : sum;
  const shown = all ? rows : rows.slice(0, MOST);
  const share = (one: Statistic) => (whole > 0 ? one.cost_nano / whole : null);
  return (
    <>
      <SumTable
        label={t(`by.${way}`)}
        title={t(`way.${way}`)}
        rows={shown}
        id={({ of }) => of}
        name={(one) => (
          <>
            <Name way={way} of={one.of} since={since} />
            <span className="mt-1 block h-1 rounded-full bg-sunken" aria-hidden="true">
              <span
                className="block h-full rounded-full bg-accent"
                style={{ width: `${Math.min(share(one) ?? 0, 1) * 100}%` }}
              />
            </span>
          </>
        )}
        columns={[
          { title: t("col.requests"), wide: true, cell: (one) => short(one.requests) },
          { title: t("col.input"), wide: true, cell: (one) => short(one.input) },
          { title: t("col.output"), wide: true, cell: (one) => short(one.output) },
          { title: t("col.cost"), cell: (one) => money(one.cost_nano) },
          { title: t("col.share"), muted: true, cell: (one) => percent(share(one)) },
        ]}
      />
      {isPartial(way) && (
        <p className="mt-2 text-sm text-muted">
          {t(`partial.${way}`)} {t("shares")}
        </p>
      )}
      {way === "day" && <p className="mt-2 text-sm text-muted">{t("utc")}</p>}
      <div className="mt-3 flex flex-wrap items-center gap-2">
        {rows.length > shown.length && (
          <Button small onClick={onAll}>
            {t("all", { number: short(rows.length) })}
          </Button>
        )}
        <Button
          small
          icon={<Download size={14} />}
          onClick={() => save(`costs-by-${way}.csv`, csv(way, rows), "text/csv")}
        >
          {t("download")}
        </Button>
        <CopyButton text={() => csv(way, rows)} label={t("copy")} />
      </div>
    </>
  );
}

function Name({ way, of, since }: { way: Way; of: string; since: string }) {
  const { t } = useTranslation("charts");
  const filter = ask(way, of);
  if (way === "day") return <span className="block">{day(Number(of) * 1000, "UTC")}</span>;
  // Of teams, end users and tags only those with a name are summed.
  if (!filter) return <span className="block text-muted">{isPartial(way) ? UNKNOWN : t(`none.${way}`)}</span>;
  return (
    <Link to="/requests" search={{ ...filter, since } as never} className="block truncate hover:underline">
      <bdi>{of}</bdi>
    </Link>
  );
}
