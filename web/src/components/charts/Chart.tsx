import type { TFunction } from "i18next";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Scroll } from "@/components/common/bits";
import { Skeleton } from "@/components/common/states";
import { cx } from "@/lib/cx";
import { UNKNOWN } from "@/lib/format";
import { type Point, type Series, stepWhole } from "./series";

// Charts weigh more than all of the rest; the page is there before them.
const TimePicture = lazy(() =>
  import("./TimePicture").then(({ TimePicture: picture }) => ({ default: picture })),
);

type Props = {
  title: string;
  points: Point[];
  series: Series[];
  format: (value: number) => string;
  step: number;
  height?: number;
};

/** A chart with its legend. Who cannot see it gets it in words; whoever wants the numbers, as a table. */
export function Chart({ title, points, series, format, step, height = 200 }: Props) {
  const { t } = useTranslation("charts");
  const { t: common } = useTranslation();
  if (points.length === 0) {
    return (
      <p className="grid place-items-center text-muted" style={{ height: Math.min(height, 120) }}>
        {common("noData")}
      </p>
    );
  }
  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
        {series.length > 1
          ? series.map(({ id, name, color, line }) => (
              <span key={id} className="inline-flex max-w-full items-center gap-1.5">
                <Mark color={color} line={line} />
                <bdi className="truncate">{name}</bdi>
              </span>
            ))
          : null}
        <span className="sr-only">
          {title}: {series.map((one) => inWords(one, points, format, t)).join(", ")}
        </span>
      </figcaption>
      <div aria-hidden="true" style={{ height }}>
        <Suspense fallback={<Skeleton />}>
          <TimePicture points={points} series={series} format={format} step={step} height={height} />
        </Suspense>
      </div>
      <Numbers title={title} points={points} series={series} format={format} step={step} />
    </figure>
  );
}

/** A series as it is drawn. */
function Mark({ color, line }: Pick<Series, "color" | "line">) {
  if (!line)
    return <span aria-hidden="true" className="size-2.5 shrink-0 rounded-sm" style={{ background: color }} />;
  return (
    <span
      aria-hidden="true"
      className={cx("w-5 shrink-0 border-t-2", line === "dashed" && "border-dashed")}
      style={{ borderColor: color }}
    />
  );
}

/** Bars add up to a sum; lines do not, and are told by their lowest and highest. */
function inWords(
  { id, name, line }: Series,
  points: Point[],
  format: Props["format"],
  t: TFunction<"charts">,
): string {
  const values = points.map((point) => point[id]).filter((value) => value != null);
  if (!line) return `${name} ${format(values.reduce((sum, value) => sum + value, 0))}`;
  if (values.length === 0) return `${name} ${UNKNOWN}`;
  return t("range", { name, low: format(Math.min(...values)), high: format(Math.max(...values)) });
}

/** The numbers of a chart, the newest first. They are drawn when they are asked for. */
function Numbers({ title, points, series, format, step }: Props) {
  const { t } = useTranslation("charts");
  const [open, setOpen] = useState(false);
  return (
    <details className="mt-1" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit cursor-pointer text-sm text-muted hover:text-text">{t("table")}</summary>
      {open && (
        <Scroll label={title} className="mt-2 max-h-80 overflow-y-auto">
          <table className="num w-full text-sm">
            <thead className="text-muted">
              <tr>
                <th scope="col" className="py-1 pr-4 text-left font-normal">
                  {t("when")}
                </th>
                {series.map(({ id, name }) => (
                  <th key={id} scope="col" className="py-1 pl-4 text-right font-normal">
                    <bdi>{name}</bdi>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {[...points].reverse().map((point) => (
                <tr key={point.at}>
                  <th scope="row" className="py-1 pr-4 text-left font-normal whitespace-nowrap">
                    {stepWhole(point.at, step)}
                  </th>
                  {series.map(({ id }) => {
                    const value = point[id];
                    return (
                      <td key={id} className="py-1 pl-4 text-right whitespace-nowrap">
                        {value == null ? UNKNOWN : format(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </details>
  );
}
