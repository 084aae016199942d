import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { ArrowLeft, Plus, SlidersHorizontal } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { itemQuery } from "@/api/config";
import { type Body, type Provider, providersQuery, useChangeProvider } from "@/api/providers";
import { useMay } from "@/api/session";
import { Page } from "@/components/common/Page";
import { Empty, ErrorBox, Loaded } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Confirm } from "@/components/ui/Confirm";
import { useUrlState } from "@/hooks/useUrlState";
import { isTree } from "@/lib/path";
import { Accounts } from "./Accounts";
import { AddProvider } from "./add/AddProvider";
import { Enabled } from "./Enabled";
import { FreeFacts } from "./Free";
import { AddAccount } from "./one/AddAccount";
import { removeAccount } from "./one/body";
import { How } from "./one/How";
import { ModelsCard } from "./one/ModelsCard";
import { Remove } from "./one/Remove";
import { SettingsSheet } from "./one/SettingsSheet";

/** One provider: how it is, its accounts, its models, its settings. */
export function ProviderPage() {
  const { t } = useTranslation("providers");
  const { name } = useParams({ strict: false }) as { name: string };
  const list = useQuery(providersQuery);
  const provider = list.data?.find(({ id }) => id === name);
  return (
    <Page
      title={provider?.label ?? name}
      about={
        <Link to="/providers" className="inline-flex items-center gap-1 text-accent hover:underline">
          <ArrowLeft size={14} aria-hidden="true" /> {t("title")}
        </Link>
      }
      actions={provider?.configured && <Enabled provider={provider} />}
    >
      <Loaded query={list} lines={8}>
        {() =>
          !provider ? (
            <Card>
              <Empty title={t("unknown", { name })}>{t("unknownText")}</Empty>
            </Card>
          ) : provider.configured ? (
            <One provider={provider} />
          ) : (
            <NotYet provider={provider} />
          )
        }
      </Loaded>
    </Page>
  );
}

function One({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const [{ open }, put] = useUrlState({ open: "" });
  const item = useQuery({ ...itemQuery("provider", provider.id), staleTime: 0 });
  const change = useChangeProvider();
  const operator = useMay("operator");
  const may = operator && provider.owner !== "file";
  const body: Body = isTree(item.data?.item?.body) ? item.data.item.body : {};
  const close = () => put({ open: "" });
  const [leaving, setLeaving] = useState<number | null>(null);
  const drop = () =>
    change.mutate(
      { id: provider.id, change: (now) => (leaving === null ? now : removeAccount(now, body, leaving)) },
      { onSuccess: () => toast(common("saved")), onSettled: () => setLeaving(null) },
    );
  return (
    <>
      {provider.owner === "file" && (
        <p className="rounded-lg border border-line bg-info-soft px-4 py-3 text-info">{t("fromFile")}</p>
      )}
      <div className="grid items-start gap-4 xl:grid-cols-[26rem_minmax(0,1fr)]">
        <div className="flex min-w-0 flex-col gap-4">
          <How provider={provider} />
          <Card
            title={t("accounts.title")}
            actions={
              may && (
                <Button small icon={<Plus size={14} />} onClick={() => put({ open: "account" })}>
                  {t("accounts.add")}
                </Button>
              )
            }
          >
            <Accounts provider={provider} onRemove={may ? setLeaving : undefined} />
            {provider.accounts.length > 1 && <p className="mt-2 text-sm text-muted">{t("accounts.turns")}</p>}
            {change.isError && <ErrorBox error={change.error} />}
          </Card>
          {provider.free && <FreeFacts free={provider.free} />}
          {may && (
            <Card title={t("settings.card")}>
              <p className="mb-3 text-muted">{t("settings.about")}</p>
              <div className="flex flex-wrap justify-between gap-2">
                <Button icon={<SlidersHorizontal size={16} />} onClick={() => put({ open: "settings" })}>
                  {t("settings.open")}
                </Button>
                {provider.owner === "database" && <Remove provider={provider} />}
              </div>
            </Card>
          )}
        </div>
        <ModelsCard provider={provider} body={body} may={may} />
      </div>
      <Confirm
        open={leaving !== null}
        title={t("accounts.remove", { name: provider.accounts[leaving ?? 0]?.name ?? "" })}
        doing={common("delete")}
        busy={change.isPending}
        onClose={() => setLeaving(null)}
        onConfirm={drop}
      >
        {t("accounts.removeText")}
      </Confirm>
      {may && open === "account" && <AddAccount provider={provider} settings={body} onClose={close} />}
      {may && open === "settings" && <SettingsSheet provider={provider} onClose={close} />}
    </>
  );
}

function NotYet({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const may = useMay("operator");
  const [{ open }, put] = useUrlState({ open: "" });
  return (
    <Card>
      <Empty
        title={t("notYet", { name: provider.label })}
        action={
          may && (
            <Button look="primary" icon={<Plus size={16} />} onClick={() => put({ open: "add" })}>
              {t("add.title", { name: provider.label })}
            </Button>
          )
        }
      />
      {provider.free && <FreeFacts free={provider.free} />}
      {may && open === "add" && <AddProvider provider={provider} onClose={() => put({ open: "" })} />}
    </Card>
  );
}
