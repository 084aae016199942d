import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import type { Role } from "@/api/session";
import { useMakeUser } from "@/api/users";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input, Select } from "@/components/ui/Field";

const BLANK = { name: "", password: "", role: "viewer" as Role };

/** A new user, with a first password to be handed over. */
export function MakeUser({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation("users");
  const { t: common } = useTranslation();
  const make = useMakeUser();
  const [form, setForm] = useState(BLANK);
  const wrong = (field: string) => (make.error instanceof Problem ? make.error.fields.get(field) : undefined);
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(form, {
      onSuccess: ({ name }) => {
        setForm(BLANK);
        onClose();
        toast(t("done.made", { name }));
      },
    });
  };
  return (
    <Dialog open={open} onClose={onClose} title={t("make")}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field label={t("name")} error={wrong("name")}>
          <Input
            required
            dir="auto"
            autoComplete="off"
            value={form.name}
            onChange={(e) => setForm({ ...form, name: e.target.value })}
          />
        </Field>
        <Field label={t("first")} hint={t("firstHint")} error={wrong("password")}>
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={form.password}
            onChange={(e) => setForm({ ...form, password: e.target.value })}
          />
        </Field>
        <Field label={t("roleLabel")} hint={t(`can.${form.role}`)}>
          <Select value={form.role} onChange={(e) => setForm({ ...form, role: e.target.value as Role })}>
            <option value="viewer">{common("role.viewer")}</option>
            <option value="operator">{common("role.operator")}</option>
            <option value="admin">{common("role.admin")}</option>
          </Select>
        </Field>
        {make.isError && <ErrorBox error={make.error} />}
        <Button type="submit" look="primary" className="self-end" busy={make.isPending}>
          {t("make")}
        </Button>
      </form>
    </Dialog>
  );
}
