import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Model, modelsQuery } from "@/api/models";
import { type Body, type Provider, useChangeProvider } from "@/api/providers";
import { type Column, DataTable } from "@/components/common/DataTable";
import { Empty, ErrorBox, Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Input } from "@/components/ui/Field";
import { Switch } from "@/components/ui/Switch";
import { useUrlState } from "@/hooks/useUrlState";
import { price, UNKNOWN, whole } from "@/lib/format";
import { AddModels } from "./AddModels";
import { chosen, modelsOf, switchModel } from "./body";
import { ModelSheet } from "./ModelSheet";

/** The models of a provider: which are listed, which are switched off, and what is said of each. */
export function ModelsCard({ provider, body, may }: { provider: Provider; body: Body; may: boolean }) {
  const { t } = useTranslation("providers");
  const models = useQuery(modelsQuery);
  const [{ model, find, adding }, put] = useUrlState({ model: "", find: "", adding: "" });
  const change = useChangeProvider();
  const named = useMemo(() => modelsOf(body), [body]);
  const turn = (id: string, on: boolean) =>
    change.mutate({ id: provider.id, change: (now) => switchModel(now, id, on) });
  const columns: Column<Model>[] = [
    {
      id: "name",
      title: t("models.name"),
      width: "minmax(9rem,1fr)",
      cell: (row) => <bdi title={row.label ?? undefined}>{row.model}</bdi>,
    },
    {
      id: "context",
      title: t("models.context"),
      width: "6rem",
      end: true,
      wide: true,
      cell: (row) => whole(row.context),
    },
    {
      id: "price",
      title: t("models.price"),
      width: "9rem",
      end: true,
      wide: true,
      cell: (row) => {
        const of = (name: string) => row.prices.find((one) => one.of === name)?.pico;
        return row.prices.length === 0 ? UNKNOWN : `${price(of("input"))} · ${price(of("output"))}`;
      },
    },
    {
      id: "on",
      title: t("models.on"),
      width: "3.5rem",
      cell: (row) => (
        // biome-ignore lint/a11y/noStaticElementInteractions: only keeps the click from opening the row as well
        // biome-ignore lint/a11y/useKeyWithClickEvents: keys are told apart by their target
        <span className="flex items-center" onClick={(event) => event.stopPropagation()}>
          <Switch
            hidden
            label={t("models.enabled", { name: row.model ?? row.name })}
            checked={row.enabled}
            disabled={!may || change.isPending}
            onChange={(on) => turn(row.model ?? "", on)}
          />
        </span>
      ),
    },
  ];
  return (
    <Card
      flush
      title={t("models.title")}
      actions={
        <>
          <Input
            type="search"
            className="w-44"
            aria-label={t("models.find")}
            placeholder={t("models.find")}
            value={find}
            onChange={(event) => put({ find: event.target.value })}
          />
          {may && (
            <Button icon={<Plus size={16} />} onClick={() => put({ adding: "yes" })}>
              {t("models.add")}
            </Button>
          )}
          <Link
            to="/models"
            search={{ provider: provider.id } as never}
            className="text-sm text-accent hover:underline"
          >
            {t("models.all")}
          </Link>
        </>
      }
    >
      <p className="px-4 pb-2 text-sm text-muted">
        {chosen(named) ? t("models.chosen") : t("models.unchosen")}
      </p>
      {change.isError && <ErrorBox error={change.error} />}
      <Loaded query={models}>
        {(all) => {
          const own = all.filter((row) => row.provider === provider.id);
          const shown = own.filter((row) => row.name.toLowerCase().includes(find.trim().toLowerCase()));
          return (
            <DataTable
              label={t("models.title")}
              columns={columns}
              rows={shown}
              id={(row) => row.name}
              onOpen={may ? (row) => put({ model: row.model ?? "" }) : undefined}
              current={model ? `${provider.id}/${model}` : null}
              empty={<Empty title={own.length === 0 ? t("models.none") : t("empty.found")} />}
            />
          );
        }}
      </Loaded>
      {may && model && (
        <ModelSheet
          key={model}
          provider={provider}
          body={body}
          model={model}
          onClose={() => put({ model: "" })}
        />
      )}
      {may && adding && <AddModels provider={provider} body={body} onClose={() => put({ adding: "" })} />}
    </Card>
  );
}
