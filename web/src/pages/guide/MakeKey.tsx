import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type KeyShown, useMakeKey } from "@/api/keys";
import { Problem } from "@/api/problem";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";

/** Makes a key without limits, which then stands in the snippets. */
export function MakeKey({ onClose, onMade }: { onClose: () => void; onMade: (key: KeyShown) => void }) {
  const { t } = useTranslation("guide");
  const { t: common } = useTranslation();
  const make = useMakeKey();
  const [name, setName] = useState("");
  const wrong = make.error instanceof Problem ? make.error.fields.get("name") : undefined;
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(
      { name: name.trim(), settings: {} },
      {
        onSuccess: (key) => {
          onMade(key);
          onClose();
          toast(t("made", { name: key.name }));
        },
      },
    );
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={t("make")}
      footer={
        <>
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" form="make-key" look="primary" busy={make.isPending}>
            {t("make")}
          </Button>
        </>
      }
    >
      <form id="make-key" onSubmit={send} className="flex flex-col gap-3">
        <p className="text-muted">{t("makeAbout")}</p>
        <Field label={t("makeName")} error={wrong}>
          <Input
            required
            autoFocus
            dir="auto"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        {make.isError && !wrong && <ErrorBox error={make.error} />}
      </form>
    </Dialog>
  );
}
