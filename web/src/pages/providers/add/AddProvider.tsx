import { useQuery } from "@tanstack/react-query";
import { ExternalLink } from "lucide-react";
import { type FormEvent, useId } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { type Provider, providersQuery } from "@/api/providers";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Dialog } from "@/components/ui/Dialog";
import { Checkbox, Field, Input, Select } from "@/components/ui/Field";
import { whole } from "@/lib/format";
import { AddButtons } from "../AddButtons";
import { FreeFacts } from "../Free";
import { TriedView } from "../TriedView";
import { mustName, needsOf } from "./draft";
import { NeedField } from "./NeedField";
import { useAdding } from "./useAdding";

/** Adds a provider: its key, a test, and it is saved. Null: one that Wye does not know by itself. */
export function AddProvider({
  provider,
  onClose,
  onDone,
}: {
  provider: Provider | null;
  onClose: () => void;
  onDone?: (id: string) => void;
}) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const form = useId();
  const { data: all } = useQuery(providersQuery);
  const adding = useAdding(provider, (id) => {
    toast(t("add.added", { name: id }));
    onClose();
    onDone?.(id);
  });
  const { draft, put, error } = adding;
  const like = all?.find(({ id }) => id === draft.like);
  const needs = needsOf(provider, like);
  const tried = adding.tried(needs);
  const failed = tried !== undefined && !tried.ok;
  // It has no list of its models; whatever else went wrong has a code.
  const asksModel = draft.model !== "" || (failed && tried.code == null);
  const wrong = (name: string) => {
    if (!(error instanceof Problem)) return undefined;
    const at = draft.id.trim();
    const paths = [name, `needs.${name}`, `providers.${at}.${name}`];
    return [...error.fields].find(([path]) => paths.includes(path))?.[1];
  };
  const save = () => adding.save(needs, (provider ?? like)?.base_url);
  const send = (event: FormEvent) => {
    event.preventDefault();
    // Who presses Enter has not said that it is to be added although it does not work.
    if (failed) adding.attempt(needs);
    else save();
  };
  const keyPage = (provider ?? like)?.key_url;
  return (
    <Dialog
      open
      kind="sheet"
      onClose={onClose}
      title={provider ? t("add.title", { name: provider.label }) : t("add.custom")}
      footer={
        <AddButtons
          form={form}
          label={t("add.save")}
          failed={failed}
          testing={adding.trying}
          adding={adding.busy}
          untestable={adding.busy}
          onClose={onClose}
          onTest={() => adding.attempt(needs)}
          onAdd={() => save()}
        />
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-5">
        {provider?.free && <FreeFacts free={provider.free} />}
        {!provider && (
          <>
            <p className="text-muted">{t("add.customAbout")}</p>
            <Field label={t("add.id")} hint={t("add.idHint")} error={wrong("id")}>
              <Input
                required
                autoFocus
                pattern="[^\/]+"
                value={draft.id}
                onChange={(event) => put({ id: event.target.value })}
              />
            </Field>
            <Field label={t("add.like")} hint={t("add.likeHint")} error={wrong("like")}>
              <Select value={draft.like} onChange={(event) => put({ like: event.target.value })}>
                <option value="">{t("add.likeNone")}</option>
                {(all ?? [])
                  .filter(({ known, id, label }) => known && !label.startsWith(`${id} (`))
                  .map(({ id, label }) => (
                    <option key={id} value={id}>
                      {label}
                    </option>
                  ))}
              </Select>
            </Field>
          </>
        )}
        {keyPage && (
          <p>
            <a
              href={keyPage}
              target="_blank"
              rel="noreferrer"
              className="inline-flex items-center gap-1.5 text-accent underline"
            >
              {t("add.keyPage")} <ExternalLink size={14} aria-hidden="true" />
            </a>
          </p>
        )}
        {needs.map((need, index) => (
          <NeedField
            key={need.name}
            need={need}
            first={index === 0 && provider !== null}
            value={draft.needs[need.name] ?? ""}
            onValue={(value) => adding.say(need.name, value)}
            error={wrong(need.name)}
            usual={need.name === "base_url" ? (provider ?? like)?.base_url : undefined}
          />
        ))}
        {needs.length === 0 && <p className="text-muted">{t("add.nothing")}</p>}
        {asksModel && (
          <Field label={t("add.model")} optional={common("optional")} hint={t("add.modelHint")}>
            <Input value={draft.model} onChange={(event) => put({ model: event.target.value })} />
          </Field>
        )}
        <div aria-live="polite" className="flex flex-col gap-3">
          {tried && <TriedView tried={tried} />}
          {tried && tried.models.length > 0 && mustName(provider, draft) && (
            <Checkbox checked={draft.listAll} onChange={(event) => put({ listAll: event.target.checked })}>
              {t("add.listAll", { number: whole(tried.models.length) })}
            </Checkbox>
          )}
          {adding.refused && <p className="font-medium">{t("add.refused")}</p>}
          {error && <ErrorBox error={error} />}
        </div>
        <p className="text-sm text-muted">{t("add.vault")}</p>
      </form>
    </Dialog>
  );
}
