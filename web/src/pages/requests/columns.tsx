import type { TFunction } from "i18next";
import type { RequestRow } from "@/api/requests";
import type { Column } from "@/components/common/DataTable";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { micros, money, short, UNKNOWN } from "@/lib/format";
import { clock, day } from "@/lib/time";

/** The columns of the list of requests. */
export function columns(t: TFunction<"requests">, term: ReturnType<typeof useTerms>): Column<RequestRow>[] {
  return [
    {
      id: "at",
      title: t("col.at"),
      width: "6.5rem",
      cell: (row) => (
        <span className="num" title={new Date(row.at_ms).toISOString()}>
          {Date.now() - row.at_ms > 86_400_000 ? day(row.at_ms) : clock(row.at_ms)}
        </span>
      ),
    },
    { id: "state", title: t("col.status"), width: "4rem", cell: (row) => <State row={row} /> },
    {
      id: "asked",
      title: t("col.asked"),
      width: "minmax(9rem,1fr)",
      cell: (row) => (
        <>
          <bdi className="font-medium">{row.asked}</bdi>
          {row.code && (
            <span className="text-bad">
              {row.asked && " · "}
              {term("code", row.code)}
            </span>
          )}
          {row.model && (
            <>
              <span className="text-muted"> → </span>
              <bdi>
                {row.provider}/{row.model}
              </bdi>
            </>
          )}
        </>
      ),
    },
    {
      id: "key",
      title: t("col.key"),
      width: "7rem",
      wide: true,
      cell: (row) => <bdi>{row.key ?? UNKNOWN}</bdi>,
    },
    {
      id: "category",
      title: t("col.category"),
      width: "7rem",
      wide: "very",
      cell: (row) => (row.category ? term("category", row.category) : UNKNOWN),
    },
    {
      id: "first",
      title: t("col.first"),
      width: "5.5rem",
      end: true,
      wide: "very",
      cell: (row) => micros(row.first_us),
    },
    { id: "total", title: t("col.total"), width: "5rem", end: true, cell: (row) => micros(row.total_us) },
    {
      id: "tokens",
      title: t("col.tokens"),
      width: "7.5rem",
      end: true,
      wide: true,
      cell: (row) => (
        <span title={row.estimated ? t("estimated") : undefined}>
          {row.estimated && "≈ "}
          {short(row.input)} → {short(row.output)}
        </span>
      ),
    },
    {
      id: "cost",
      title: t("col.cost"),
      width: "5rem",
      end: true,
      wide: true,
      cell: (row) => money(row.cost_nano),
    },
  ];
}

/** How a request ended. */
export function State({ row }: { row: Pick<RequestRow, "status" | "code"> }) {
  const tone = row.code === null || row.code === undefined ? "good" : row.status >= 500 ? "bad" : "warn";
  const term = useTerms();
  return (
    <span title={row.code ? `${term("code", row.code)} (${row.code})` : undefined}>
      <Badge tone={tone}>{row.status}</Badge>
    </span>
  );
}
