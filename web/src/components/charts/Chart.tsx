import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/common/states";
import type { Point, Series } from "./TimeBars";

// Charts weigh more than all of the rest; the page is there before them.
const TimeBars = lazy(() => import("./TimeBars").then((module) => ({ default: module.TimeBars })));

type Props = {
  title: string;
  points: Point[];
  series: Series[];
  format: (value: number) => string;
  step: number;
  height?: number;
};

/** A chart with its legend; who cannot see it gets its sums in words. */
export function Chart({ title, points, series, format, step, height }: Props) {
  const { t } = useTranslation();
  const sum = (id: string) => points.reduce((all, point) => all + (point[id] ?? 0), 0);
  return (
    <figure className="min-w-0">
      <figcaption className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm text-muted">
        {series.length > 1
          ? series.map(({ id, name, color }) => (
              <span key={id} className="inline-flex items-center gap-1.5">
                <span aria-hidden="true" className="size-2.5 rounded-sm" style={{ background: color }} />
                <bdi>{name}</bdi>
              </span>
            ))
          : null}
        <span className="sr-only">
          {title}: {series.map(({ id, name }) => `${name} ${format(sum(id))}`).join(", ")}
        </span>
      </figcaption>
      <div aria-hidden="true" style={{ height: height ?? 200 }}>
        {points.length === 0 ? (
          <p className="grid h-full place-items-center text-muted">{t("noData")}</p>
        ) : (
          <Suspense fallback={<Skeleton />}>
            <TimeBars points={points} series={series} format={format} step={step} height={height} />
          </Suspense>
        )}
      </div>
    </figure>
  );
}

/** The colours of series, in their order. */
export const colour = (index: number): string => `var(--chart-${(index % 8) + 1})`;
