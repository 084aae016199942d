import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { RequestRow } from "@/api/requests";
import { Facts } from "@/components/common/bits";
import { useTerms } from "@/components/common/terms";
import { micros, money, UNKNOWN, whole } from "@/lib/format";
import { moment } from "@/lib/time";

/** What was recorded of it; what can be looked for leads there. */
export function SummaryTab({ row }: { row: RequestRow }) {
  const { t } = useTranslation("requests");
  const term = useTerms();
  const find = (name: string, value: string | null | undefined, words = value): ReactNode =>
    value ? (
      <Link to="/requests" search={{ [name]: value } as never} className="text-accent hover:underline">
        <bdi>{words}</bdi>
      </Link>
    ) : (
      UNKNOWN
    );
  const rows: [ReactNode, ReactNode][] = [
    [t("col.at"), moment(row.at_ms)],
    [t("col.key"), find("key", row.key)],
    [t("col.team"), find("team", row.team)],
    [t("col.user"), find("user", row.user)],
    [
      t("col.tag"),
      row.tags.length > 0 ? row.tags.map((tag) => <span key={tag}>{find("tag", tag)} </span>) : UNKNOWN,
    ],
    [t("col.route"), find("route", row.route)],
    [t("col.kind"), term("kind", row.kind)],
    [t("col.dialect"), row.dialect],
    [t("col.category"), find("category", row.category, row.category && term("category", row.category))],
    [
      t("col.code"),
      row.code ? find("code", row.code, `${term("code", row.code)} (${row.code})`) : t("endedWell"),
    ],
    [t("col.stream"), row.stream ? t("filter.streams") : t("filter.whole")],
    [t("col.first"), micros(row.first_us)],
    [t("col.total"), micros(row.total_us)],
    [t("col.overhead"), micros(row.overhead_us)],
    [
      t("col.input"),
      `${whole(row.input)}${row.cache_read ? ` (${t("cached", { count: row.cache_read })})` : ""}`,
    ],
    [
      t("col.output"),
      `${whole(row.output)}${row.reasoning ? ` (${t("reasoning", { count: row.reasoning })})` : ""}`,
    ],
    [t("col.counted"), row.estimated ? t("estimated") : t("reported")],
    [t("col.cost"), money(row.cost_nano)],
    [t("col.basis"), row.cost_basis ? term("basis", row.cost_basis) : UNKNOWN],
  ];
  return <Facts rows={rows} />;
}
