import type { ReactNode } from "react";
import { cx } from "@/lib/cx";

/** A part of a page. */
export function Card({
  title,
  actions,
  children,
  className,
  flush = false,
}: {
  title?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
  className?: string;
  /** Its content reaches its edges, as a table does. */
  flush?: boolean;
}) {
  return (
    <section className={cx("flex min-w-0 flex-col rounded-lg border border-line bg-surface", className)}>
      {(title || actions) && (
        <header className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-3 pb-1">
          <h2 className="font-semibold">{title}</h2>
          {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
        </header>
      )}
      <div className={cx("min-w-0 flex-1", flush ? "overflow-hidden rounded-b-lg" : "px-4 pt-2 pb-4")}>
        {children}
      </div>
    </section>
  );
}
