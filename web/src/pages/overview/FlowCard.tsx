import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type FlowLink, flowQuery } from "@/api/insight";
import type { Period } from "@/api/statistics";
import { Loaded, Skeleton } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { short } from "@/lib/format";
import { pictured } from "./flow";

const FlowPicture = lazy(() =>
  import("@/components/charts/FlowPicture").then(({ FlowPicture: picture }) => ({ default: picture })),
);

/** Traffic flowing from keys over routes to deployments. */
export function FlowCard({ period }: { period: Period }) {
  const { t } = useTranslation("overview");
  const flow = useQuery(flowQuery(period));
  return (
    <Card title={t("flow.title")}>
      <Loaded query={flow}>{(links) => <Picture links={links} />}</Loaded>
    </Card>
  );
}

function Picture({ links }: { links: FlowLink[] }) {
  const { t } = useTranslation("overview");
  const { t: common } = useTranslation();
  const { t: charts } = useTranslation("charts");
  const data = useMemo(
    () =>
      pictured(links, {
        without: [charts("none.key"), charts("none.route"), charts("none.deployment")],
        rest: charts("rest"),
      }),
    [links, charts],
  );
  const words = (value: number) => t("flow.requests", { count: value, number: short(value) });
  if (data.links.length === 0) return <p className="text-muted">{common("noData")}</p>;
  const height = Math.min(Math.max(data.nodes.filter(({ column }) => column === 2).length * 40, 160), 420);
  return (
    <>
      <ul className="sr-only">
        {data.links.map(({ source, target, value }) => (
          <li key={`${source} ${target}`}>
            {data.nodes[source]?.name} → {data.nodes[target]?.name}: {words(value)}
          </li>
        ))}
      </ul>
      <div aria-hidden="true" style={{ height }}>
        <Suspense fallback={<Skeleton />}>
          <FlowPicture data={data} height={height} words={words} />
        </Suspense>
      </div>
      <p className="flex justify-between text-sm text-muted" aria-hidden="true">
        <span>{t("flow.keys")}</span>
        <span>{t("flow.routes")}</span>
        <span>{t("flow.deployments")}</span>
      </p>
    </>
  );
}
