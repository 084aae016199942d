import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { type AuditEntry, auditQuery } from "@/api/account";
import { Facts, When } from "@/components/common/bits";
import { type Column, DataTable, moreOf } from "@/components/common/DataTable";
import { Page } from "@/components/common/Page";
import { RoleGate } from "@/components/common/RoleGate";
import { Empty, ErrorBox } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { Dialog } from "@/components/ui/Dialog";
import { Input, Select } from "@/components/ui/Field";
import { useUrlState } from "@/hooks/useUrlState";
import { moment } from "@/lib/time";

/** What was done through the admin API, by whom. */
export function AuditPage() {
  const { t } = useTranslation("audit");
  return (
    <Page title={t("title")} about={t("about")}>
      <RoleGate least="admin">
        <Log />
      </RoleGate>
    </Page>
  );
}

const BLANK = { actor: "", action: "", object: "", outcome: "" };

function Log() {
  const { t } = useTranslation("audit");
  const term = useTerms();
  const done = (action: string) => term("audit", action.replaceAll(".", "_"));
  const [ask, put] = useUrlState(BLANK);
  const [open, setOpen] = useState<AuditEntry | null>(null);
  const log = useInfiniteQuery(
    auditQuery(Object.fromEntries(Object.entries(ask).filter(([, value]) => value))),
  );
  const rows = useMemo(() => log.data?.pages.flatMap((page) => page.items) ?? [], [log.data]);
  const columns: Column<AuditEntry>[] = [
    { id: "when", title: t("when"), width: "8rem", cell: (row) => <When ms={row.at_ms} /> },
    {
      id: "actor",
      title: t("actor"),
      width: "minmax(6rem,10rem)",
      cell: (row) => <bdi>{row.actor || "–"}</bdi>,
    },
    {
      id: "action",
      title: t("action"),
      width: "minmax(8rem,1fr)",
      cell: (row) => <span title={row.action}>{done(row.action)}</span>,
    },
    {
      id: "object",
      title: t("object"),
      width: "minmax(8rem,1fr)",
      wide: true,
      cell: (row) => <bdi>{row.object}</bdi>,
    },
    { id: "address", title: t("address"), width: "9rem", wide: true, cell: (row) => row.address },
    { id: "outcome", title: t("outcome"), width: "6rem", cell: (row) => <Outcome of={row.outcome} /> },
  ];
  return (
    <>
      <search className="flex flex-wrap gap-2">
        {(["actor", "action", "object"] as const).map((field) => (
          <Input
            key={field}
            className="w-44"
            aria-label={t(field)}
            placeholder={t(field)}
            defaultValue={ask[field]}
            onBlur={(event) => put({ [field]: event.target.value.trim() })}
            onKeyDown={(event) => event.key === "Enter" && put({ [field]: event.currentTarget.value.trim() })}
          />
        ))}
        <Select
          className="w-40"
          aria-label={t("outcome")}
          value={ask.outcome}
          onChange={(event) => put({ outcome: event.target.value })}
        >
          <option value="">{t("every")}</option>
          <option value="ok">{t("ok")}</option>
          <option value="failed">{t("failed")}</option>
          <option value="throttled">{t("throttled")}</option>
        </Select>
      </search>
      {log.isError && <ErrorBox error={log.error} retry={() => void log.refetch()} />}
      <Card flush>
        <DataTable
          label={t("title")}
          columns={columns}
          rows={rows}
          id={(row) => row.id}
          onOpen={setOpen}
          current={open?.id ?? null}
          more={moreOf(log)}
          empty={!log.isError && <Empty title={t("empty")} />}
        />
      </Card>
      <Dialog open={open !== null} onClose={() => setOpen(null)} title={open ? done(open.action) : ""}>
        {open && (
          <Facts
            rows={[
              [t("when"), moment(open.at_ms)],
              [
                t("action"),
                <code key="c" className="font-mono text-xs">
                  {open.action}
                </code>,
              ],
              [t("actor"), <bdi key="a">{open.actor || "–"}</bdi>],
              [t("object"), <bdi key="o">{open.object || "–"}</bdi>],
              [t("address"), open.address],
              [t("outcome"), <Outcome key="u" of={open.outcome} />],
              [
                t("detail"),
                <pre key="d" className="font-mono text-xs whitespace-pre-wrap">
                  {JSON.stringify(open.detail, null, 2)}
                </pre>,
              ],
            ]}
          />
        )}
      </Dialog>
    </>
  );
}

function Outcome({ of }: { of: string }) {
  const { t } = useTranslation("audit");
  if (of === "ok") return <Badge tone="good">{t("ok")}</Badge>;
  return <Badge tone="bad">{of === "failed" ? t("failed") : of === "throttled" ? t("throttled") : of}</Badge>;
}
