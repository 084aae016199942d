import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Provider, useAddKey, useTryNew } from "@/api/providers";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";
import { AddButtons } from "../AddButtons";
import { TriedView } from "../TriedView";
import { addAccount } from "./body";

/** Gives a provider one more key. */
export function AddAccount({
  provider,
  settings,
  onClose,
}: {
  provider: Provider;
  /** Whatever else is said of it, for the test: its dialect, address, headers. */
  settings: Record<string, unknown>;
  onClose: () => void;
}) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const form = useId();
  const [name, setName] = useState("");
  const [key, setKey] = useState("");
  const trying = useTryNew();
  const adding = useAddKey();
  const { api_key, api_keys, accounts, models, enabled, ...rest } = settings;
  // Of the key as it stands; also while it is tested again.
  const [failed, setFailed] = useState(false);
  const attempt = () =>
    trying.mutate(
      { id: provider.id, api_key: key.trim(), needs: {}, settings: rest },
      { onSettled: (tried) => setFailed(!tried?.ok) },
    );
  const send = (event: FormEvent) => {
    event.preventDefault();
    // After a test that failed, adding is not what the loud button does.
    if (failed) attempt();
    else add();
  };
  const add = () => {
    const called = name.trim();
    adding.mutate(
      {
        id: provider.id,
        name: called || String(provider.accounts.length + 1),
        key: key.trim(),
        change: (body, reference) => addAccount(body, called, reference),
      },
      {
        onSuccess: () => {
          toast(common("saved"));
          onClose();
        },
      },
    );
  };
  const replaces = provider.accounts.some(({ owner, secret }) => owner === "environment" && secret != null);
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("accounts.add")}
      footer={
        <AddButtons
          form={form}
          label={common("add")}
          failed={failed}
          testing={trying.isPending}
          adding={adding.isPending}
          untestable={key.trim() === ""}
          onClose={onClose}
          onTest={attempt}
          onAdd={add}
        />
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-4">
        {replaces && <p className="text-warn">{t("accounts.replaces")}</p>}
        <Field label={t("need.api_key")}>
          <Input
            required
            autoFocus
            type="password"
            autoComplete="new-password"
            spellCheck={false}
            className="font-mono"
            value={key}
            onChange={(event) => {
              setKey(event.target.value);
              setFailed(false);
              trying.reset();
            }}
          />
        </Field>
        <Field label={t("accounts.name")} optional={common("optional")} hint={t("accounts.nameHint")}>
          <Input pattern="[^\s\/]+" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <div aria-live="polite" className="flex flex-col gap-3 empty:hidden">
          {trying.data && <TriedView tried={trying.data} />}
          {trying.isError && <ErrorBox error={trying.error} />}
          {adding.isError && <ErrorBox error={adding.error} />}
        </div>
      </form>
    </Dialog>
  );
}
