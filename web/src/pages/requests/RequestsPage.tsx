import { useInfiniteQuery } from "@tanstack/react-query";
import { Download, RefreshCw } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { ASK, type Ask, exportUrl, type RequestRow, requestsQuery } from "@/api/requests";
import { useMay } from "@/api/session";
import { DataTable, moreOf } from "@/components/common/DataTable";
import { Page } from "@/components/common/Page";
import { Empty, ErrorBox } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Button, IconButton } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Menu } from "@/components/ui/Menu";
import { useUrlState } from "@/hooks/useUrlState";
import { columns } from "./columns";
import { Filters } from "./Filters";
import { RequestDrawer } from "./RequestDrawer";

/** What was asked, what became of it, and why. */
export function RequestsPage() {
  const { t } = useTranslation("requests");
  const [state, put] = useUrlState({ ...ASK, id: "", view: "decision" });
  const { id, view, ...rest } = state;
  const ask = rest as Ask;
  const list = useInfiniteQuery(requestsQuery(ask));
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const term = useTerms();
  const heads = useMemo(() => columns(t, term), [t, term]);
  const may = useMay("operator");
  const filtered = Object.entries(ask).some(([name, value]) => name !== "since" && value !== "");
  const save = (format: "csv" | "jsonl") => window.location.assign(exportUrl(ask, format));
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <>
          <IconButton label={t("refresh")} onClick={() => void list.refetch()}>
            <RefreshCw size={17} className={list.isRefetching ? "animate-spin" : undefined} />
          </IconButton>
          {may && (
            <Menu
              trigger={<Button icon={<Download size={16} />}>{t("export")}</Button>}
              items={[
                { label: t("csv"), onSelect: () => save("csv") },
                { label: t("jsonl"), onSelect: () => save("jsonl") },
              ]}
            />
          )}
        </>
      }
    >
      <Filters ask={ask} put={put} />
      {list.isError && <ErrorBox error={list.error} retry={() => void list.refetch()} />}
      <Card flush>
        <DataTable<RequestRow>
          label={t("title")}
          columns={heads}
          rows={rows}
          id={(row) => row.id}
          current={id || null}
          onOpen={(row) => put({ id: row.id })}
          more={moreOf(list)}
          empty={
            !list.isError && (
              <Empty title={filtered ? t("empty.filtered") : t("empty.title")}>
                {filtered ? (
                  <Button onClick={() => put({ ...ASK, since: ask.since })}>{t("filter.clear")}</Button>
                ) : (
                  t("empty.text")
                )}
              </Empty>
            )
          }
        />
      </Card>
      <RequestDrawer
        id={id || null}
        view={view}
        onView={(next) => put({ view: next })}
        onClose={() => put({ id: "", view: "decision" })}
      />
    </Page>
  );
}
