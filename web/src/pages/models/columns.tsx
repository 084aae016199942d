import type { TFunction } from "i18next";
import type { Model } from "@/api/models";
import type { Column } from "@/components/common/DataTable";
import { Badge } from "@/components/ui/Badge";
import { duration, percent, price, rate, short, UNKNOWN } from "@/lib/format";
import { CheckCell, type Checks } from "./checks";
import { StateBadge } from "./StateBadge";
import { abilities, priceOf, speedOf, stateOf } from "./state";

const WHAT = { route: "route", alias: "alias", built_in: "built_in" } as const;

/** The columns of the list of models. */
export function columns(t: TFunction<"models">, checks: Checks, now: number): Column<Model>[] {
  const end = (
    id: string,
    title: string,
    width: string,
    wide: true | "very",
    cell: (row: Model) => string,
  ): Column<Model> => ({ id, title, width, wide, end: true, cell });
  const list: Column<Model>[] = [
    {
      id: "name",
      title: t("col.name"),
      width: "minmax(10rem,1.6fr)",
      cell: (row) => (
        <span title={row.label ?? row.name} className={row.enabled ? undefined : "text-muted line-through"}>
          <bdi className="font-medium">{row.name}</bdi>{" "}
          {row.what !== "deployment" && (
            <Badge tone="accent">{t(`what.${WHAT[row.what as keyof typeof WHAT] ?? "route"}`)}</Badge>
          )}
        </span>
      ),
    },
    {
      id: "can",
      title: t("col.can"),
      width: "minmax(8rem,1fr)",
      wide: true,
      cell: (row) => {
        const all = abilities(row);
        return (
          <span className="flex gap-1 overflow-hidden" title={all.map((name) => t(`can.${name}`)).join(", ")}>
            {row.free != null && <Badge tone="good">{t("free")}</Badge>}
            {all.map((name) => (
              <Badge key={name}>{t(`can.${name}`)}</Badge>
            ))}
          </span>
        );
      },
    },
    end("context", t("col.context"), "5rem", true, (row) => short(row.context)),
    end("in", t("col.in"), "5rem", true, (row) => price(priceOf(row, "input"))),
    end("out", t("col.out"), "5rem", true, (row) => price(priceOf(row, "output"))),
    end("first", t("col.first"), "5.5rem", "very", (row) => duration(speedOf(row)?.p50_ms)),
    end("rate", t("col.rate"), "5.5rem", "very", (row) => rate(speedOf(row)?.tokens_per_second)),
    end("success", t("col.success"), "5rem", "very", (row) => percent(speedOf(row)?.success)),
    {
      id: "state",
      title: t("col.state"),
      width: "minmax(6.5rem,11rem)",
      cell: (row) => <StateBadge state={stateOf(row, now)} />,
    },
    {
      id: "used",
      title: t("col.used"),
      width: "8rem",
      wide: "very",
      cell: (row) => (
        <bdi title={row.used_by.join(", ")}>{row.used_by.length > 0 ? row.used_by.join(", ") : UNKNOWN}</bdi>
      ),
    },
  ];
  if (checks.results.size > 0)
    list.push({
      id: "check",
      title: t("check.col"),
      width: "6rem",
      cell: (row) => <CheckCell result={checks.results.get(row.name)} />,
    });
  return list;
}
