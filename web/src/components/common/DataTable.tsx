import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Spinner } from "@/components/ui/Button";
import { cx } from "@/lib/cx";

export type Column<R> = {
  id: string;
  title: ReactNode;
  cell: (row: R) => ReactNode;
  /** A CSS grid track: `8rem`, `minmax(10rem,1fr)`. */
  width: string;
  /** Numbers stand at the right. */
  end?: boolean;
  /** Left out on narrow windows; `very`: also on those of usual width. */
  wide?: true | "very";
};

type Props<R> = {
  label: string;
  columns: Column<R>[];
  rows: R[];
  id: (row: R) => string;
  onOpen?: (row: R) => void;
  /** The row that is open. */
  current?: string | null;
  /** More rows can be had. */
  more?: { has: boolean; loading: boolean; load: () => void };
  /** Height of the part that scrolls. */
  height?: string;
  empty?: ReactNode;
};

/** What a list that comes page by page has still to give. After a page failed, none is asked for until somebody tries again. */
export const moreOf = (query: {
  hasNextPage: boolean;
  isError: boolean;
  isFetching: boolean;
  fetchNextPage: () => unknown;
}) => ({
  has: query.hasNextPage && !query.isError,
  loading: query.isFetching,
  load: () => void query.fetchNextPage(),
});

const ROW = 40;

/** A table that draws only what is in sight, so that fifty thousand rows scroll like fifty. Arrow keys walk it. */
export function DataTable<R>({
  label,
  columns,
  rows,
  id,
  onOpen,
  current,
  more,
  height = "min(70dvh, 48rem)",
  empty,
}: Props<R>) {
  const { t } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;

  useEffect(() => {
    if (more?.has && !more.loading && last >= rows.length - 20) more.load();
  }, [last, rows.length, more]);

  // The row that was walked to may not be drawn yet; it gets the focus as soon as it is.
  const wanted = useRef<number | null>(null);
  const focusWanted = () => {
    const row = scroller.current?.querySelector<HTMLElement>(`[data-row="${wanted.current}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus();
  };
  useEffect(focusWanted);

  const walk = (event: KeyboardEvent<HTMLElement>, index: number) => {
    const step = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 15,
      PageUp: -15,
      Home: -index,
      End: rows.length - 1 - index,
    }[event.key];
    if (step === undefined) {
      const row = rows[index];
      if (
        (event.key === "Enter" || event.key === " ") &&
        onOpen &&
        row &&
        event.target === event.currentTarget
      ) {
        event.preventDefault();
        onOpen(row);
      }
      return;
    }
    event.preventDefault();
    wanted.current = Math.max(0, Math.min(rows.length - 1, index + step));
    virtual.scrollToIndex(wanted.current);
    focusWanted();
  };

  const tracks = (shown: (column: Column<R>) => boolean) =>
    columns
      .filter(shown)
      .map((column) => column.width)
      .join(" ");
  const style = {
    "--tracks": tracks((column) => !column.wide),
    "--tracks-wide": tracks((column) => column.wide !== "very"),
    "--tracks-very": tracks(() => true),
  } as React.CSSProperties;
  const line =
    "grid grid-cols-[var(--tracks)] items-center gap-x-3 px-4 lg:grid-cols-[var(--tracks-wide)] 2xl:grid-cols-[var(--tracks-very)]";
  const cell = (column: Column<R>) =>
    cx(
      "min-w-0 truncate",
      column.end && "num text-right",
      column.wide === true && "hidden lg:block",
      column.wide === "very" && "hidden 2xl:block",
    );

  if (rows.length === 0 && !more?.loading && empty) return <>{empty}</>;
  return (
    <div role="table" aria-label={label} aria-rowcount={rows.length + 1} style={style} className="min-w-0">
      <div role="row" className={cx(line, "border-b border-line py-2 text-sm text-muted")}>
        {columns.map((column) => (
          <div key={column.id} role="columnheader" className={cell(column)}>
            {column.title}
          </div>
        ))}
      </div>
      <div ref={scroller} className="overflow-y-auto" style={{ maxHeight: height }}>
        <div role="rowgroup" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const open = current === id(row);
            return (
              <div
                key={id(row)}
                role="row"
                data-row={index}
                tabIndex={onOpen ? 0 : -1}
                aria-rowindex={index + 2}
                aria-selected={onOpen ? open : undefined}
                onClick={onOpen ? () => onOpen(row) : undefined}
                onKeyDown={(event) => walk(event, index)}
                className={cx(
                  line,
                  "absolute inset-x-0 border-b border-line outline-offset-[-2px]",
                  onOpen && "cursor-pointer hover:bg-sunken",
                  open && "bg-accent-soft",
                )}
                style={{ height: ROW, transform: `translateY(${start}px)` }}
              >
                {columns.map((column) => (
                  <div key={column.id} role="cell" className={cell(column)}>
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
        {more?.loading && (
          <p role="status" className="flex items-center justify-center gap-2 py-3 text-sm text-muted">
            <Spinner /> {t("loading")}
          </p>
        )}
      </div>
    </div>
  );
}
