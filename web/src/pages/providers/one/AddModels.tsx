import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Body, type Provider, useChangeProvider, useTry } from "@/api/providers";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Checkbox, Field, Input, Textarea } from "@/components/ui/Field";
import { whole } from "@/lib/format";
import { addModels, chosen, hasModel, modelsOf } from "./body";

const SHOWN = 200;

/** Names models of a provider: by hand, or among those that it lists itself. */
export function AddModels({
  provider,
  body,
  onClose,
}: {
  provider: Provider;
  body: Body;
  onClose: () => void;
}) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const form = useId();
  const [typed, setTyped] = useState("");
  const [ticked, setTicked] = useState<readonly string[]>([]);
  const [find, setFind] = useState("");
  const ask = useTry();
  const change = useChangeProvider();
  const named = modelsOf(body);
  const found = [...new Set((ask.data ?? []).flatMap(({ models }) => models))].filter(
    (id) => !hasModel(named, id),
  );
  const fits = found.filter((id) => id.toLowerCase().includes(find.trim().toLowerCase()));
  const byHand = typed
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  const all = [...new Set([...ticked, ...byHand])];
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { id: provider.id, change: (now) => addModels(now, all) },
      {
        onSuccess: () => {
          toast(common("saved"));
          onClose();
        },
      },
    );
  };
  const unheard = ask.data?.filter(({ ok }) => !ok) ?? [];
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("models.add")}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button
            type="submit"
            form={form}
            look="primary"
            disabled={all.length === 0}
            busy={change.isPending}
          >
            {t("models.addSome", { count: all.length })}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-4">
        {!chosen(named) && provider.deployments > 0 && <p className="text-warn">{t("models.narrows")}</p>}
        <Field label={t("models.byHand")} hint={t("models.byHandHint")}>
          <Textarea
            rows={3}
            className="font-mono"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        </Field>
        <Button className="self-start" busy={ask.isPending} onClick={() => ask.mutate(provider.id)}>
          {t("models.ask")}
        </Button>
        {ask.isError && <ErrorBox error={ask.error} />}
        {unheard.map((one) => (
          <p key={one.account} className="text-bad">
            {one.message}
          </p>
        ))}
        {ask.isSuccess && found.length === 0 && <p className="text-muted">{t("models.nothingNew")}</p>}
        {found.length > 0 && (
          <fieldset className="min-w-0">
            <legend className="mb-2 font-medium">{t("models.found", { number: whole(found.length) })}</legend>
            <div className="mb-2 flex flex-wrap gap-2">
              <Input
                type="search"
                className="w-52"
                aria-label={t("models.find")}
                placeholder={t("models.find")}
                value={find}
                onChange={(event) => setFind(event.target.value)}
              />
              <Button onClick={() => setTicked([...new Set([...ticked, ...fits])])}>
                {t("models.tickAll")}
              </Button>
              <Button onClick={() => setTicked([])}>{t("models.tickNone")}</Button>
            </div>
            <div className="flex max-h-64 flex-col gap-1 overflow-y-auto">
              {fits.slice(0, SHOWN).map((id) => (
                <Checkbox
                  key={id}
                  checked={ticked.includes(id)}
                  onChange={(event) =>
                    setTicked(event.target.checked ? [...ticked, id] : ticked.filter((one) => one !== id))
                  }
                >
                  <bdi className="break-all">{id}</bdi>
                </Checkbox>
              ))}
              {fits.length > SHOWN && <p className="text-sm text-muted">{t("models.searchMore")}</p>}
            </div>
          </fieldset>
        )}
        {change.isError && <ErrorBox error={change.error} />}
      </form>
    </Dialog>
  );
}
