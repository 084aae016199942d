import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/ui/Button";
import { useNow } from "@/hooks/useNow";
import { cx } from "@/lib/cx";
import { signed } from "@/lib/format";
import { ago, moment } from "@/lib/time";

/** Puts a text on the clipboard and says so. */
export function CopyButton({
  text,
  label,
  small = true,
}: {
  text: string | (() => string);
  label?: ReactNode;
  small?: boolean;
}) {
  const { t } = useTranslation();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === "string" ? text : text());
    setDone(true);
  };
  const icon = done ? <Check size={15} /> : <Copy size={15} />;
  const name = done ? t("copied") : t("copy");
  if (!label)
    return (
      <IconButton label={name} onClick={() => void copy()}>
        {icon}
      </IconButton>
    );
  return (
    <Button small={small} icon={icon} onClick={() => void copy()}>
      {done ? t("copied") : label}
    </Button>
  );
}

/** Text of a machine, to be read and copied. Scrolls by itself, with the keyboard too. */
export function Code({
  children,
  label,
  className,
  wrap = false,
}: {
  children: string;
  label: string;
  className?: string;
  wrap?: boolean;
}) {
  return (
    <div className={cx("relative min-w-0 rounded-md border border-line bg-sunken", className)}>
      <div className="absolute top-1 right-1">
        <CopyButton text={children} />
      </div>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        aria-label={label}
        className="max-h-96 overflow-auto p-3 pr-11"
      >
        <pre className={cx("font-mono text-xs", wrap && "break-words whitespace-pre-wrap")}>{children}</pre>
      </section>
    </div>
  );
}

/** A figure with its unit, and how it changed. `goodUp`: more of it is better; `null`: neither. */
export function Stat({
  label,
  value,
  change,
  goodUp = null,
  hint,
}: {
  label: ReactNode;
  value: ReactNode;
  change?: number | null;
  goodUp?: boolean | null;
  hint?: ReactNode;
}) {
  const { t } = useTranslation();
  const good = goodUp === null || !change ? null : change > 0 === goodUp;
  return (
    <div className="min-w-0">
      <dt className="text-sm break-words text-muted">{label}</dt>
      <dd className="num flex flex-wrap items-baseline gap-x-2">
        <span className="text-xl font-semibold">{value}</span>
        {change !== undefined && change !== null && (
          <span
            title={t("change")}
            className={cx("text-sm", good === null ? "text-muted" : good ? "text-good" : "text-bad")}
          >
            {signed(change)}
          </span>
        )}
        {hint && <span className="text-sm text-muted">{hint}</span>}
      </dd>
    </div>
  );
}

/** How much of something is used: a bar with its words. Loud only near its end. */
export function Meter({
  used,
  limit,
  label,
  words,
}: {
  used: number;
  limit: number;
  label: string;
  words: ReactNode;
}) {
  const share = limit > 0 ? Math.min(used / limit, 1) : 1;
  const tone = share >= 1 ? "bg-bad" : share >= 0.8 ? "bg-warn" : "bg-accent";
  return (
    <div className="min-w-0">
      <div className="flex justify-between gap-2 text-sm">
        <span className="truncate">{label}</span>
        <span className="num shrink-0 text-muted">{words}</span>
      </div>
      <div
        role="meter"
        aria-label={label}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share * 100)}
        className="mt-1 h-1.5 overflow-hidden rounded-full bg-sunken"
      >
        <div
          className={cx("h-full rounded-full", tone)}
          style={{ width: `${Math.max(share * 100, share > 0 ? 2 : 0)}%` }}
        />
      </div>
    </div>
  );
}

/** A moment, told as how long ago it is; the whole of it when pointed at. */
export function When({ ms }: { ms: number | null | undefined }) {
  const now = useNow(10_000);
  if (ms === null || ms === undefined) return <>–</>;
  return (
    <time dateTime={new Date(ms).toISOString()} title={moment(ms)} className="whitespace-nowrap">
      {ago(ms, now)}
    </time>
  );
}

/** Names and values, one a line. */
export function Facts({ rows }: { rows: [ReactNode, ReactNode][] }) {
  return (
    <dl className="grid grid-cols-[minmax(7rem,max-content)_1fr] gap-x-4 gap-y-1.5">
      {rows.map(([name, value], row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows of one thing do not move
        <div key={row} className="contents">
          <dt className="text-muted">{name}</dt>
          <dd className="min-w-0 break-words">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What is wider than its place and scrolls there, with the keyboard too. */
export function Scroll({
  label,
  children,
  className,
}: {
  label: string;
  children: ReactNode;
  className?: string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section tabIndex={0} aria-label={label} className={cx("overflow-x-auto", className)}>
      {children}
    </section>
  );
}
