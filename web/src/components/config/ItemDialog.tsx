import { useQuery } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { itemQuery, type Kind, type Read, readItem, useDeleteItem, useSaveItem } from "@/api/config";
import { Problem } from "@/api/problem";
import { queries } from "@/api/queries";
import { ErrorBox, Loaded } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";
import { Conflict } from "./Conflict";

export type Body = Record<string, unknown>;
/** What is wrong with a part of the body, by its path there. */
export type Wrong = (field: string) => string | undefined;

type Props = {
  kind: Kind;
  /** Null: a new one. */
  name: string | null;
  title: ReactNode;
  nameHint?: ReactNode;
  /** What a new one begins with. */
  blank: Body;
  /** The fields. They hold what was typed; `onBody` is told the body that it means. */
  form: (body: Body, onBody: (body: Body) => void, wrong: Wrong) => ReactNode;
  /** Makes of the body what is saved: puts what is secret into the vault, and refers to it. */
  prepare?: (body: Body) => Promise<Body>;
  /** False where its page deletes it, with what depends on it. */
  canDelete?: boolean;
  onClose: () => void;
};

/** Edits an item of the configuration, on top of the version that its reader saw. */
export function ItemDialog(props: Props) {
  const { kind, name, title, onClose } = props;
  const read = useQuery({
    ...itemQuery(kind, name ?? ""),
    enabled: name !== null,
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
  // Saving asks for everything anew, this item too: the editor stays on what its reader saw, and closes when it has saved.
  const seen = useRef<Read>(null);
  if (read.data && !read.isFetching) seen.current ??= read.data;
  if (name === null) return <Editor {...props} read={{ item: null, version: 0 }} />;
  if (seen.current) return <Editor {...props} read={seen.current} />;
  return (
    <Dialog open kind="sheet" onClose={onClose} title={title}>
      <Loaded query={{ ...read, data: undefined } as typeof read}>{() => null}</Loaded>
    </Dialog>
  );
}

function Editor({
  kind,
  name,
  title,
  nameHint,
  blank,
  form,
  prepare,
  canDelete = true,
  onClose,
  read,
}: Props & { read: Read }) {
  const { t } = useTranslation();
  const save = useSaveItem();
  const remove = useDeleteItem();
  const [start, setStart] = useState(read);
  const [typed, setTyped] = useState("");
  const [body, setBody] = useState<Body>(() => (read.item?.body as Body | undefined) ?? blank);
  const [clash, setClash] = useState(false);
  const [asked, setAsked] = useState(false);
  const [round, setRound] = useState(0);
  // What kept it from being sent at all.
  const [unsent, setUnsent] = useState<Problem | null>(null);
  const [preparing, setPreparing] = useState(false);
  const called = name ?? typed.trim();
  const error = unsent ?? save.error ?? remove.error;
  const wrong: Wrong = (field) => {
    if (!(error instanceof Problem)) return undefined;
    const path = `${kind}s.${called}.${field}`;
    return [...error.fields].find(
      ([at]) =>
        at === field || at === path || at === `${called}.${field}` || at.endsWith(`.${called}.${field}`),
    )?.[1];
  };
  const done = () => {
    queries.removeQueries({ queryKey: ["config", "item", kind, called] });
    toast(t("saved"));
    onClose();
  };
  const write = (what: Body, base: number) =>
    save.mutate(
      { kind, name: called, body: what, base, taken: t("nameTaken", { name: called }) },
      { onSuccess: done, onError: (cause) => cause instanceof Problem && cause.stale && setClash(true) },
    );
  const base = start.version;
  /** A new one takes nobody's name: what there is by it is looked for first, and the save is based on that look. */
  const look = async () => {
    const there = await readItem(kind, called);
    if (there.item) throw new Problem(409, { code: "taken", detail: t("nameTaken", { name: called }) });
    setStart(there);
    return there.version;
  };
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setPreparing(true);
    try {
      const on = name === null ? await look() : base;
      const ready = (await prepare?.(body)) ?? body;
      setBody(ready);
      setUnsent(null);
      write(ready, on);
    } catch (cause) {
      setUnsent(cause instanceof Problem ? cause : new Problem(0, { code: "unreachable" }));
    } finally {
      setPreparing(false);
    }
  };
  return (
    <Dialog
      open
      kind="sheet"
      onClose={onClose}
      title={title}
      footer={
        <>
          {start.item && canDelete && (
            <Button look="danger" className="mr-auto" onClick={() => setAsked(true)}>
              {t("delete")}
            </Button>
          )}
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" form="item-form" look="primary" busy={save.isPending || preparing}>
            {t("save")}
          </Button>
        </>
      }
    >
      <form id="item-form" onSubmit={(event) => void send(event)} className="flex flex-col gap-5">
        {name === null && (
          <Field label={t("itemName")} hint={nameHint}>
            <Input
              required
              autoFocus
              dir="auto"
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
            />
          </Field>
        )}
        <div key={round} className="contents">
          {form(body, setBody, wrong)}
        </div>
        {error && !clash && <ErrorBox error={error} />}
      </form>
      {clash && (
        <Conflict
          kind={kind}
          name={called}
          before={start.item?.body}
          mine={body}
          onClose={() => setClash(false)}
          onMine={(now) => {
            setClash(false);
            setStart(now);
            write(body, now.version);
          }}
          onTheirs={(now) => {
            setClash(false);
            setStart(now);
            setBody((now.item?.body as Body | undefined) ?? blank);
            setRound(round + 1);
          }}
        />
      )}
      <Confirm
        open={asked}
        title={t("deleteItem", { name: called })}
        doing={t("delete")}
        busy={remove.isPending}
        onClose={() => setAsked(false)}
        onConfirm={() =>
          remove.mutate({ kind, name: called, base }, { onSuccess: done, onError: () => setAsked(false) })
        }
      >
        {t("deleteItemText")}
      </Confirm>
    </Dialog>
  );
}
