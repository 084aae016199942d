import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Group, type SeriesOne, seriesQuery } from "@/api/series";
import type { Period } from "@/api/statistics";
import { Loaded } from "@/components/common/states";
import { Chart } from "./Chart";
import { drawn, LARGEST, type Measure } from "./overTime";

type Props = { measure: Measure; group: Group | null; period: Period; title: string; height?: number };

/** Something of requests over time, in one or told apart. */
export function SeriesChart(props: Props) {
  const { measure, period } = props;
  // Percentiles of parts cannot be had.
  const group = measure === "latency" ? null : props.group;
  const series = useQuery(seriesQuery(group, LARGEST[measure], period));
  return <Loaded query={series}>{(found) => <Picture {...props} group={group} found={found} />}</Loaded>;
}

function Picture({ measure, group, period, title, height, found }: Props & { found: SeriesOne[] }) {
  const { t } = useTranslation("charts");
  const picture = useMemo(() => drawn(measure, group, period, found, t), [measure, group, period, found, t]);
  return <Chart title={title} step={period.step} height={height} {...picture} />;
}
