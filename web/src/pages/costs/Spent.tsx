import type { UseQueryResult } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Statistic } from "@/api/statistics";
import { Stat } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { change, money, short, whole } from "@/lib/format";

type Sums = UseQueryResult<Statistic[]>;

const each = (sum: Statistic | undefined) => (sum?.requests ? sum.cost_nano / sum.requests : null);

/** What was spent, against the period before it. */
export function Spent({ now, then }: { now: Sums; then: Sums }) {
  const { t } = useTranslation("costs");
  const old = then.data?.[0];
  return (
    <Card>
      <Loaded query={now} lines={2}>
        {([sum]) => (
          <dl className="grid grid-cols-2 gap-4 pt-2 sm:grid-cols-3 xl:grid-cols-5">
            <Stat
              label={t("spent")}
              value={money(sum?.cost_nano ?? 0)}
              change={change(sum?.cost_nano, old?.cost_nano)}
              goodUp={false}
            />
            <Stat
              label={t("each")}
              value={money(each(sum))}
              change={change(each(sum), each(old))}
              goodUp={false}
            />
            <Stat
              label={t("col.input")}
              value={short(sum?.input ?? 0)}
              change={change(sum?.input, old?.input)}
            />
            <Stat
              label={t("col.output")}
              value={short(sum?.output ?? 0)}
              change={change(sum?.output, old?.output)}
            />
            <Stat
              label={t("unpriced")}
              value={whole(sum?.unpriced ?? 0)}
              hint={sum?.unpriced ? t("unpricedHint") : undefined}
            />
          </dl>
        )}
      </Loaded>
    </Card>
  );
}
