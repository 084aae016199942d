import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Body, ItemDialog, type Wrong } from "@/components/config/ItemDialog";
import { Field, Input, Select } from "@/components/ui/Field";
import { UNKNOWN } from "@/lib/format";
import { set } from "@/lib/path";
import { kept, sealed } from "./draft";
import { Signature } from "./Signature";
import { useAlertWords } from "./words";

/** The words that the configuration has; the first of each holds where nothing is said. */
const WORDS = { style: ["json", "slack", "discord"], least: ["urgent", "soon", "note"] } as const;

/** Says where alerts go, which, and how often. */
export function AlertSettings({ to, onClose }: { to: string | null; onClose: () => void }) {
  const { t } = useTranslation("alerts");
  return (
    <ItemDialog
      kind="setting"
      name="alerts"
      title={t("form.title")}
      blank={{}}
      prepare={sealed}
      onClose={onClose}
      form={(body, onBody, wrong) => <Form to={to} body={body} onBody={onBody} wrong={wrong} />}
    />
  );
}

type FormProps = { to: string | null; body: Body; onBody: (body: Body) => void; wrong: Wrong };

function Form({ to, body, onBody, wrong }: FormProps) {
  const { t } = useTranslation("alerts");
  // What the vault keeps is never shown: the fields begin empty, and what was there stays until something is typed.
  const [had] = useState(body);
  const [typed, setTyped] = useState("");
  const [repeat, setRepeat] = useState(String(body.repeat ?? ""));
  const put = (name: string, value: unknown) => onBody(set(body, name, value));
  const word = (name: keyof typeof WORDS) => (
    <Word name={name} value={body[name]} onValue={(value) => put(name, value)} />
  );
  return (
    <>
      <Field
        label={t("form.webhook")}
        hint={kept(had.webhook) ? t("form.webhookKept", { host: to ?? UNKNOWN }) : t("form.webhookHint")}
        error={wrong("webhook")}
      >
        <Input
          type="url"
          required={!kept(had.webhook)}
          autoComplete="off"
          spellCheck={false}
          className="w-full font-mono text-xs"
          placeholder="https://hooks.slack.com/services/…"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            put("webhook", event.target.value.trim() || had.webhook);
          }}
        />
      </Field>
      <Field label={t("form.style")} error={wrong("style")}>
        {word("style")}
      </Field>
      <Field label={t("form.least")} hint={t("form.leastHint")} error={wrong("least")}>
        {word("least")}
      </Field>
      <Field label={t("form.repeat")} hint={t("form.repeatHint")} error={wrong("repeat")}>
        <Input
          placeholder="24h"
          value={repeat}
          onChange={(event) => {
            setRepeat(event.target.value);
            put("repeat", event.target.value.trim() || undefined);
          }}
        />
      </Field>
      <Signature had={had.secret} error={wrong("secret")} onValue={(value) => put("secret", value)} />
    </>
  );
}

/** One of the words of a setting. The first is the default, and is not written. */
function Word({
  name,
  value,
  onValue,
  ...wired
}: {
  name: keyof typeof WORDS;
  value: unknown;
  onValue: (value: string | undefined) => void;
}) {
  const words = useAlertWords();
  const [initial, ...others] = WORDS[name];
  return (
    <Select
      {...wired}
      value={String(value ?? initial)}
      onChange={(event) => onValue(event.target.value === initial ? undefined : event.target.value)}
    >
      {[initial, ...others].map((word) => (
        <option key={word} value={word}>
          {words(name, word)}
        </option>
      ))}
    </Select>
  );
}
