import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type User, useResetPassword } from "@/api/users";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";

/** Another password for who lost theirs. */
export function NewPassword({ user, open, onClose }: { user: User; open: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  const reset = useResetPassword();
  const [password, setPassword] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    reset.mutate(
      { id: user.id, password },
      {
        onSuccess: () => {
          setPassword("");
          onClose();
          toast(t("done.password"));
        },
      },
    );
  };
  return (
    <Dialog open={open} onClose={onClose} title={t("ask.password", { name: user.name })}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field label={t("first")} hint={t("askText.password")}>
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={password}
            onChange={(e) => setPassword(e.target.value)}
          />
        </Field>
        {reset.isError && <ErrorBox error={reset.error} />}
        <Button type="submit" look="primary" className="self-end" busy={reset.isPending}>
          {t("password")}
        </Button>
      </form>
    </Dialog>
  );
}
