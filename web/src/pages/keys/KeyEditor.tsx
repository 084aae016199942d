import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { itemsQuery } from "@/api/config";
import { type Key, type KeyShown, useChangeKey, useMakeKey } from "@/api/keys";
import { Problem } from "@/api/problem";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { AllowanceFields } from "@/components/limits/AllowanceFields";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input, Select, Textarea } from "@/components/ui/Field";
import { draftOf, fresh, settingsOf } from "./draft";
import { Scopes } from "./Scopes";

/** Makes a key or changes one. */
export function KeyEditor({
  item,
  onClose,
  onShown,
}: {
  item: Key | null;
  onClose: () => void;
  onShown: (key: KeyShown) => void;
}) {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const { data: teams } = useQuery(itemsQuery("team"));
  const make = useMakeKey();
  const change = useChangeKey();
  const [draft, setDraft] = useState(() => draftOf(item));
  const error = make.error ?? change.error;
  const wrong = (field: string) =>
    error instanceof Problem ? (error.fields.get(field) ?? error.fields.get(`settings.${field}`)) : undefined;
  const put = (part: Partial<typeof draft>) => setDraft({ ...draft, ...part });
  const send = (event: FormEvent) => {
    event.preventDefault();
    const settings = settingsOf(draft);
    if (item) {
      change.mutate(
        { name: item.name, settings },
        {
          onSuccess: () => {
            onClose();
            toast(common("saved"));
          },
        },
      );
      return;
    }
    make.mutate(
      { name: draft.name.trim(), settings: fresh(settings) },
      {
        onSuccess: (key) => {
          onClose();
          onShown(key);
        },
      },
    );
  };
  return (
    <Dialog
      open
      kind="sheet"
      onClose={onClose}
      title={item ? t("change", { name: item.name }) : t("make")}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" form="key-form" look="primary" busy={make.isPending || change.isPending}>
            {item ? common("save") : t("make")}
          </Button>
        </>
      }
    >
      <form id="key-form" onSubmit={send} className="flex flex-col gap-5">
        {!item && (
          <Field label={t("name")} hint={t("nameHint")} error={wrong("name")}>
            <Input
              required
              autoFocus
              dir="auto"
              value={draft.name}
              onChange={(e) => put({ name: e.target.value })}
            />
          </Field>
        )}
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={t("owner")} optional={common("optional")} error={wrong("owner")}>
            <Input dir="auto" value={draft.owner} onChange={(e) => put({ owner: e.target.value })} />
          </Field>
          <Field label={t("team")} optional={common("optional")} error={wrong("team")}>
            <Select value={draft.team} onChange={(e) => put({ team: e.target.value })}>
              <option value="">{common("none")}</option>
              {(teams ?? []).map((team) => (
                <option key={team.name} value={team.name}>
                  {team.name}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t("expires")} optional={common("optional")} error={wrong("expires")}>
            <Input type="date" value={draft.expires} onChange={(e) => put({ expires: e.target.value })} />
          </Field>
          <Field label={t("priority")} hint={t("priorityHint")} error={wrong("priority")}>
            <Input
              type="number"
              min={0}
              max={9}
              placeholder="5"
              value={draft.priority}
              onChange={(e) => put({ priority: e.target.value })}
            />
          </Field>
        </div>
        <AllowanceFields
          value={draft.allowance}
          onChange={(value) => put({ allowance: value })}
          wrong={wrong}
        />
        <Scopes kind="key" value={draft.scope} onChange={(scope) => put({ scope })} wrong={wrong} />
        <Field label={t("tags")} hint={t("tagsHint")} error={wrong("tags")}>
          <Textarea
            rows={1}
            spellCheck={false}
            className="min-h-9 font-mono text-xs"
            value={draft.tags}
            onChange={(e) => put({ tags: e.target.value })}
          />
        </Field>
        {error && <ErrorBox error={error} />}
      </form>
    </Dialog>
  );
}
