import { useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/common/bits";
import { Button } from "@/components/ui/Button";
import { Checkbox, Field, Input } from "@/components/ui/Field";
import { kept } from "./draft";

/** 256 bits of chance, in hexadecimal digits. */
const made = () =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** What messages are signed with: typed or made here, kept by the vault, and never shown again. */
export function Signature({
  had,
  error,
  onValue,
}: {
  /** What stands there when the form is opened. */
  had: unknown;
  error?: string;
  onValue: (value: unknown) => void;
}) {
  const { t } = useTranslation("alerts");
  const { t: common } = useTranslation();
  const [text, setText] = useState("");
  const [none, setNone] = useState(false);
  const put = (next: string) => {
    setText(next);
    onValue(next.trim() || had);
  };
  return (
    <div className="flex flex-col gap-2">
      <Field
        label={t("form.secret")}
        optional={common("optional")}
        hint={text ? t("form.secretOnce") : kept(had) ? t("form.secretKept") : t("form.secretHint")}
        error={error}
      >
        <Input
          autoComplete="off"
          spellCheck={false}
          disabled={none}
          className="w-full font-mono text-xs"
          value={text}
          onChange={(event) => put(event.target.value)}
        />
      </Field>
      <div className="flex flex-wrap items-center gap-2">
        <Button small disabled={none} onClick={() => put(made())}>
          {t("form.make")}
        </Button>
        {text && <CopyButton text={text} label={common("copy")} />}
        {kept(had) && (
          <Checkbox
            checked={none}
            onChange={(event) => {
              setNone(event.target.checked);
              setText("");
              onValue(event.target.checked ? undefined : had);
            }}
          >
            {t("form.unsigned")}
          </Checkbox>
        )}
      </div>
    </div>
  );
}
