import { Link } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type LiveRequest, useLive } from "@/api/live";
import { Empty } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { cx } from "@/lib/cx";
import { micros, money } from "@/lib/format";
import { clock } from "@/lib/time";
import { State } from "@/pages/requests/columns";

/** Requests as they end: what was asked, who answered, why, after how many attempts, in what time. */
export function LiveCard() {
  const { t } = useTranslation("overview");
  const [paused, setPaused] = useState(false);
  const { rows, state } = useLive(paused);
  return (
    <Card
      flush
      title={
        <span className="flex items-center gap-2">
          {t("live")}
          <span
            aria-hidden="true"
            className={cx(
              "size-2 rounded-full",
              paused || state !== "open" ? "bg-line-strong" : "animate-pulse bg-good",
            )}
          />
          <span className="text-sm font-normal text-muted">
            {paused ? t("paused") : state === "open" ? t("listening") : t("connecting")}
          </span>
        </span>
      }
      actions={
        <Button
          small
          icon={paused ? <Play size={14} /> : <Pause size={14} />}
          onClick={() => setPaused(!paused)}
        >
          {paused ? t("resume") : t("pause")}
        </Button>
      }
    >
      {rows.length === 0 ? (
        <Empty title={t("quiet")}>{t("quietText")}</Empty>
      ) : (
        <ol className="max-h-[32rem] divide-y divide-line overflow-y-auto">
          {rows.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function Row({ row }: { row: LiveRequest }) {
  const { t } = useTranslation("overview");
  const term = useTerms();
  return (
    <li>
      <Link
        to="/requests"
        search={{ id: row.id } as never}
        className="grid grid-cols-[4rem_minmax(0,1fr)_auto] items-center gap-x-3 px-4 py-2 hover:bg-sunken"
      >
        <State row={row} />
        <span className="min-w-0">
          <span className="block truncate">
            <bdi className="font-medium">{row.asked}</bdi>
            {row.deployment && (
              <>
                <span className="text-muted"> → </span>
                <bdi>{row.deployment}</bdi>
              </>
            )}
          </span>
          <span className="block truncate text-sm text-muted">
            <span className="num">{clock(row.at_ms)}</span>
            {row.key && (
              <>
                {" · "}
                <bdi>{row.key}</bdi>
              </>
            )}
            {row.reason && ` · ${row.reason}`}
            {row.code && ` · ${term("code", row.code)}`}
          </span>
        </span>
        <span className="num text-right text-sm">
          <span className="block">{micros(row.total_us)}</span>
          <span className="block text-muted">
            {row.attempts > 1 && <Badge tone="warn">{t("attempts", { count: row.attempts })}</Badge>}{" "}
            {money(row.cost_nano)}
          </span>
        </span>
      </Link>
    </li>
  );
}
