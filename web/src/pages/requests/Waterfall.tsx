import { useTranslation } from "react-i18next";
import type { Attempt, Trace } from "@/api/requests";
import { useTerms } from "@/components/common/terms";
import { Badge, type Tone } from "@/components/ui/Badge";
import { cx } from "@/lib/cx";
import { micros } from "@/lib/format";

const TONE: Record<string, Tone> = { served: "good", failed: "bad", cancelled: "plain" };

/** When what happened: the gateway's own work, waiting in line, and every call of a provider, on one scale of time. */
export function Waterfall({ trace }: { trace: Trace }) {
  const { t } = useTranslation("requests");
  const ends = trace.attempts.map((attempt) => attempt.started_us + attempt.took_us);
  const end = Math.max(trace.total_us, ...ends, 1);
  const at = (us: number) => `${(us / end) * 100}%`;
  return (
    <section aria-label={t("waterfall.title")} className="rounded-lg border border-line p-4">
      <div className="num mb-2 flex justify-between text-xs text-muted">
        <span>{t("waterfall.begin")}</span>
        <span>{micros(end)}</span>
      </div>
      <ul className="flex flex-col gap-2">
        {trace.waited_us > 0 && (
          <Line name={t("waterfall.waited")} words={micros(trace.waited_us)}>
            <Bar left="0%" width={at(trace.waited_us)} className="bg-warn" />
          </Line>
        )}
        {trace.attempts.map((attempt, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: attempts have no other name and do not move
          <Line key={index} name={<Name attempt={attempt} />} words={micros(attempt.took_us)}>
            <Phases attempt={attempt} at={at} />
          </Line>
        ))}
        <Line name={t("waterfall.whole")} words={micros(trace.total_us)}>
          <Bar left="0%" width={at(trace.total_us)} className="bg-line-strong" />
        </Line>
      </ul>
      <p className="num mt-3 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        <Key className="bg-line-strong">{t("waterfall.queued")}</Key>
        <Key className="bg-info">{t("waterfall.answered")}</Key>
        <Key className="bg-accent">{t("waterfall.content")}</Key>
        <span>{t("waterfall.overhead", { time: micros(trace.overhead_us) })}</span>
      </p>
    </section>
  );
}

function Name({ attempt }: { attempt: Attempt }) {
  const { t } = useTranslation("requests");
  const term = useTerms();
  return (
    <span className="flex min-w-0 flex-wrap items-center gap-1.5">
      <bdi className="min-w-0 truncate">{attempt.deployment}</bdi>
      <Badge tone={TONE[attempt.outcome] ?? "plain"}>
        {attempt.outcome === "served"
          ? t("outcome.served")
          : attempt.outcome === "failed"
            ? t("outcome.failed")
            : t("outcome.cancelled")}
      </Badge>
      {attempt.role !== "primary" && <Badge>{term("role", attempt.role)}</Badge>}
      {attempt.code && (
        <span className="text-xs text-bad">
          {attempt.status ? `${attempt.status} · ` : ""}
          <span title={attempt.code}>{term("code", attempt.code)}</span>
        </span>
      )}
    </span>
  );
}

function Line({
  name,
  words,
  children,
}: {
  name: React.ReactNode;
  words: string;
  children: React.ReactNode;
}) {
  return (
    <li className="grid grid-cols-[1fr_auto] items-center gap-x-3 gap-y-1 md:grid-cols-[18rem_1fr_5rem]">
      <span className="min-w-0 truncate text-sm">{name}</span>
      <span className="num text-right text-sm text-muted md:order-3">{words}</span>
      <span className="relative col-span-2 block h-3 rounded bg-sunken md:order-2 md:col-span-1">
        {children}
      </span>
    </li>
  );
}

function Bar({ left, width, className }: { left: string; width: string; className: string }) {
  return (
    <span
      aria-hidden="true"
      className={cx("absolute inset-y-0 min-w-0.5 rounded-sm", className)}
      style={{ left, width }}
    />
  );
}

/** Until it was sent, until the provider answered, until there was content, until the end. */
function Phases({ attempt, at }: { attempt: Attempt; at: (us: number) => string }) {
  const end = attempt.started_us + attempt.took_us;
  const cuts: [number, string][] = [
    [attempt.started_us, "bg-line-strong"],
    [attempt.started_us + (attempt.queued_us ?? 0), "bg-info"],
    [attempt.started_us + (attempt.content_us ?? attempt.answered_us ?? attempt.took_us), "bg-accent"],
  ];
  return (
    <>
      {cuts.map(([from, className], index) => {
        const to = Math.min(cuts[index + 1]?.[0] ?? end, end);
        return to > from ? (
          <Bar key={className} left={at(from)} width={at(to - from)} className={className} />
        ) : null;
      })}
    </>
  );
}

function Key({ className, children }: { className: string; children: React.ReactNode }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden="true" className={cx("size-2.5 rounded-sm", className)} />
      {children}
    </span>
  );
}
