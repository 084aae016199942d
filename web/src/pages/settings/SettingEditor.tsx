import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { itemQuery, type Read, useDeleteItem, useSaveItem } from "@/api/config";
import { Problem } from "@/api/problem";
import type { Setting } from "@/api/settings";
import { ErrorBox, Loaded } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Conflict } from "@/components/config/Conflict";
import { Button } from "@/components/ui/Button";
import { Field } from "@/components/ui/Field";
import { get, isTree } from "@/lib/path";
import { bodyWith, place, textOf, valueIn } from "./draft";
import { ValueInput } from "./ValueInput";

/** Changes one setting, on top of the version of the configuration that is read when the form opens. */
export function SettingEditor({ setting, onClose }: { setting: Setting; onClose: () => void }) {
  const { item } = place(setting.path);
  const read = useQuery({
    ...itemQuery("setting", item),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  // Only what was read after the form was opened is a ground for a change.
  const fresh = read.isFetchedAfterMount ? read : { ...read, data: undefined };
  return (
    <div className="md:col-span-3">
      <Loaded query={fresh as typeof read} lines={2}>
        {(found) => <Form setting={setting} read={found} onClose={onClose} />}
      </Loaded>
    </div>
  );
}

function Form({ setting, read, onClose }: { setting: Setting; read: Read; onClose: () => void }) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const save = useSaveItem();
  const remove = useDeleteItem();
  const { item, rest } = place(setting.path);
  const [start, setStart] = useState(read);
  const [text, setText] = useState(() => textOf(written(read, rest) ?? setting.value));
  const [clash, setClash] = useState<{ mine: unknown } | null>(null);
  const [unread, setUnread] = useState(false);
  const error = save.error ?? remove.error;

  const write = (from: Read, value: unknown) => {
    const body = bodyWith(from.item?.body, rest, value);
    const ends = {
      onSuccess: () => {
        toast(common("saved"));
        onClose();
      },
      onError: (cause: Error) => cause instanceof Problem && cause.stale && setClash({ mine: value }),
    };
    if (body !== undefined) save.mutate({ kind: "setting", name: item, body, base: from.version }, ends);
    else if (from.item) remove.mutate({ kind: "setting", name: item, base: from.version }, ends);
    else onClose();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    try {
      const value = valueIn(setting, text);
      setUnread(false);
      write(start, value);
    } catch {
      setUnread(true);
    }
  };
  const wrong = error instanceof Problem && !clash ? [...error.fields.values()][0] : undefined;
  return (
    <form onSubmit={send} className="flex flex-col gap-3 rounded-md bg-sunken p-3">
      <Field
        label={t("newValue", { path: setting.path })}
        hint={t(`kind.${setting.kind}`, { defaultValue: "" }) || undefined}
        error={unread ? t("unreadable") : wrong}
      >
        <ValueInput setting={setting} text={text} onText={setText} />
      </Field>
      {error && !clash && !wrong && <ErrorBox error={error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={save.isPending || remove.isPending}>
          {common("save")}
        </Button>
        <Button onClick={onClose}>{common("cancel")}</Button>
        {written(start, rest) !== undefined && (
          <Button look="quiet" onClick={() => write(start, undefined)}>
            {t("toDefault")}
          </Button>
        )}
      </div>
      {clash && (
        <Conflict
          kind="setting"
          name={item}
          before={start.item?.body}
          mine={bodyWith(start.item?.body, rest, clash.mine)}
          onClose={() => setClash(null)}
          onMine={(now) => {
            setClash(null);
            setStart(now);
            // Only this setting is the reader's: what else became of the item stays.
            write(now, clash.mine);
          }}
          onTheirs={(now) => {
            setClash(null);
            setStart(now);
            setText(textOf(written(now, rest) ?? setting.default));
          }}
        />
      )}
    </form>
  );
}

/** What is written of the setting; `undefined`: nothing, so its default holds. */
function written({ item }: Read, rest: string | null): unknown {
  const body: unknown = item?.body;
  if (rest === null) return body ?? undefined;
  return isTree(body) ? get(body, rest) : undefined;
}
