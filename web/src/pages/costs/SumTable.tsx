import type { Key, ReactNode } from "react";
import { Scroll } from "@/components/common/bits";
import { cx } from "@/lib/cx";

/** A column of figures. Phones have no room for one that is `wide`. */
export type SumColumn<T> = { title: string; cell: (row: T) => ReactNode; wide?: boolean; muted?: boolean };

/** Sums by name: the name takes the room that the figures leave. */
export function SumTable<T>({
  label,
  title,
  name,
  id,
  columns,
  rows,
  className,
}: {
  label: string;
  /** What the names are of. */
  title: string;
  name: (row: T) => ReactNode;
  id: (row: T) => Key;
  columns: readonly SumColumn<T>[];
  rows: readonly T[];
  className?: string;
}) {
  const figure = ({ wide, muted }: SumColumn<T>, head = false) =>
    cx(
      "py-1.5 pl-4 text-right font-normal whitespace-nowrap",
      wide && "hidden sm:table-cell lg:pl-8",
      muted && !head && "text-muted",
    );
  return (
    <Scroll label={label} className={className}>
      <table className="num w-full">
        <thead className="text-sm text-muted">
          <tr>
            <th scope="col" className="py-1.5 text-left font-normal">
              {title}
            </th>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={figure(column, true)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={id(row)}>
              <th scope="row" className="w-full max-w-0 py-1.5 text-left font-normal">
                {name(row)}
              </th>
              {columns.map((column) => (
                <td key={column.title} className={figure(column)}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
