import { useQuery } from "@tanstack/react-query";
import { Boxes } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Model, modelsQuery } from "@/api/models";
import { useMay } from "@/api/session";
import { DataTable } from "@/components/common/DataTable";
import { Page } from "@/components/common/Page";
import { Empty, Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { useNow } from "@/hooks/useNow";
import { useUrlState } from "@/hooks/useUrlState";
import { whole } from "@/lib/format";
import { useChecks } from "./checks";
import { columns } from "./columns";
import { Filters } from "./Filters";
import { ModelDrawer } from "./ModelDrawer";
import { ASK, wanted } from "./state";

/** All that a client can name as model: what it can do, what it costs, how it is. */
export function ModelsPage() {
  const { t } = useTranslation("models");
  const list = useQuery(modelsQuery);
  const [{ name, ...ask }, put] = useUrlState({ ...ASK, name: "" });
  const now = useNow(60_000);
  const may = useMay("operator");
  const checks = useChecks();
  const all = list.data ?? NONE;
  const late = useDeferredValue(ask.text);
  const { provider, capability, free, health, what } = ask;
  const rows = useMemo(
    () => wanted(all, { text: late, provider, capability, free, health, what }, now),
    [all, late, provider, capability, free, health, what, now],
  );
  const heads = useMemo(() => columns(t, checks, now), [t, checks, now]);
  const askable = rows.filter((row) => row.what === "deployment" && row.enabled && row.kind === "chat");
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        may &&
        (checks.going ? (
          <>
            <span role="status" className="num text-muted">
              {t("check.going", { done: whole(checks.going.done), all: whole(checks.going.all) })}
            </span>
            <Button onClick={checks.stop}>{t("check.stop")}</Button>
          </>
        ) : (
          <Button
            title={t("check.hint")}
            disabled={askable.length === 0}
            onClick={() => checks.start(askable.map((row) => row.name))}
          >
            {t("check.all", { count: askable.length })}
          </Button>
        ))
      }
    >
      <Filters models={all} ask={ask} put={put} />
      <Loaded query={list} lines={10}>
        {() => (
          <>
            <p role="status" className="text-sm text-muted">
              {t("count", { shown: whole(rows.length), all: whole(all.length) })}
            </p>
            <Card flush>
              <DataTable<Model>
                label={t("title")}
                columns={heads}
                rows={rows}
                id={(row) => row.name}
                current={name || null}
                onOpen={(row) => put({ name: row.name })}
                empty={
                  all.length === 0 ? (
                    <Empty icon={<Boxes size={28} />} title={t("empty.title")}>
                      {t("empty.text")}
                    </Empty>
                  ) : (
                    <Empty title={t("empty.filtered")}>
                      <Button onClick={() => put(ASK)}>{t("filter.clear")}</Button>
                    </Empty>
                  )
                }
              />
            </Card>
            <ModelDrawer
              model={all.find((row) => row.name === name) ?? null}
              name={name}
              onClose={() => put({ name: "" })}
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}

const NONE: Model[] = [];
