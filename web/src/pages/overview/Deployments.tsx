import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Deployment, deploymentsQuery, useReset } from "@/api/deployments";
import { useMay } from "@/api/session";
import { Empty, Loaded } from "@/components/common/states";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { duration, percent } from "@/lib/format";

const MOST = 8;

/** How bad it is, for the order: what is shut first, then by health. */
const worst = (a: Deployment, b: Deployment) =>
  Number(Boolean(b.shut)) - Number(Boolean(a.shut)) || a.health - b.health;
const used = ({ streams, whole_answers, shut }: Deployment) =>
  shut != null || streams.success != null || whole_answers.success != null;

/** Deployments by health, the worst first, with the reason. */
export function Deployments() {
  const { t } = useTranslation("overview");
  const list = useQuery(deploymentsQuery);
  return (
    <Card title={t("deployments")}>
      <Loaded query={list}>
        {(all) => {
          const rows = all.filter(used).sort(worst).slice(0, MOST);
          if (rows.length === 0) return <Empty title={t("nobodyAsked")} />;
          return (
            <ul className="divide-y divide-line">
              {rows.map((one) => (
                <Row key={one.deployment} one={one} />
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function Row({ one }: { one: Deployment }) {
  const { t } = useTranslation("overview");
  const may = useMay("operator");
  const reset = useReset();
  const speed = one.streams.success != null ? one.streams : one.whole_answers;
  return (
    <li className="flex items-center justify-between gap-3 py-2">
      <div className="min-w-0">
        <bdi className="block truncate">{one.deployment}</bdi>
        <p className="num text-sm text-muted">
          {speed.success != null && t("answered", { share: percent(speed.success) })}
          {speed.p50_ms != null && ` · ${duration(speed.p50_ms)}`}
        </p>
      </div>
      <div className="flex shrink-0 items-center gap-2">
        {one.shut ? (
          <Badge tone="bad">
            {one.shut === "breaker_open" ? t("breaker") : t("rests")}
            {one.shut_for_ms != null && ` · ${duration(one.shut_for_ms)}`}
          </Badge>
        ) : (
          <Badge tone={one.health >= 80 ? "good" : one.health >= 40 ? "warn" : "bad"}>
            {t("health", { value: one.health })}
          </Badge>
        )}
        {one.shut && may && (
          <Button small busy={reset.isPending} onClick={() => reset.mutate(one.deployment)}>
            {t("reset")}
          </Button>
        )}
      </div>
    </li>
  );
}
