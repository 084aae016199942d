import type { UseQueryResult } from "@tanstack/react-query";
import { Lock, PlugZap, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { Button } from "@/components/ui/Button";
import { cx } from "@/lib/cx";

/** Grey bars where text will be. */
export function Skeleton({ lines = 4, className }: { lines?: number; className?: string }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t("loading")} className={cx("flex flex-col gap-3 py-2", className)}>
      {Array.from({ length: lines }, (_, line) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the bars are alike and never move
          key={line}
          className="h-4 animate-pulse rounded bg-sunken"
          style={{ width: `${92 - ((line * 17) % 38)}%` }}
        />
      ))}
    </div>
  );
}

/** Nothing is here yet: what would be, and how it comes. */
export function Empty({
  title,
  children,
  action,
  icon,
}: {
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-2 px-6 py-12 text-center">
      {icon && <div className="text-muted">{icon}</div>}
      <p className="font-medium">{title}</p>
      {children && <div className="max-w-prose text-muted">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}

/** What went wrong, in the gateway's own words, and a way to try again. */
export function ErrorBox({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  if (error instanceof Problem && error.status === 403) return <NoPermission />;
  const unreachable = error instanceof Problem && error.unreachable;
  return (
    <div
      role="alert"
      className="flex items-start gap-3 rounded-lg border border-line bg-bad-soft px-4 py-3 text-bad"
    >
      {unreachable ? (
        <PlugZap size={18} className="mt-0.5 shrink-0" />
      ) : (
        <TriangleAlert size={18} className="mt-0.5 shrink-0" />
      )}
      <div className="min-w-0 flex-1 break-words">
        {unreachable ? t("unreachable") : <Words error={error} />}
      </div>
      {retry && (
        <Button small onClick={retry}>
          {t("retry")}
        </Button>
      )}
    </div>
  );
}

function Words({ error }: { error: unknown }) {
  const { t } = useTranslation();
  if (!(error instanceof Problem)) return t("broken");
  // Wrong input is told field by field in the message too.
  const fields = [...error.fields].filter(([, message]) => !error.message.includes(message));
  return (
    <>
      <p>{error.message || t("broken")}</p>
      {fields.length > 0 && (
        <ul className="mt-1 list-disc pl-5 text-sm">
          {fields.map(([field, message]) => (
            <li key={field}>
              {field && <code className="font-mono">{field}: </code>}
              {message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** The reader's role does not reach this. */
export function NoPermission() {
  const { t } = useTranslation();
  return (
    <Empty icon={<Lock size={28} />} title={t("noPermission.title")}>
      {t("noPermission.text")}
    </Empty>
  );
}

/** A query's three ends: not there yet, not to be had, and the thing itself. */
export function Loaded<T>({
  query,
  children,
  lines,
}: {
  query: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  lines?: number;
}) {
  if (query.data !== undefined) {
    return (
      <>
        {query.isError && <ErrorBox error={query.error} retry={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  }
  if (query.isError) return <ErrorBox error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton lines={lines} />;
}
