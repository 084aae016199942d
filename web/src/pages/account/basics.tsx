import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useChangePassword, useRename } from "@/api/account";
import { Problem } from "@/api/problem";
import { meQuery } from "@/api/session";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Field, Input } from "@/components/ui/Field";

const wrong = (error: unknown, field: string) =>
  error instanceof Problem ? error.fields.get(field) : undefined;

export function NameCard() {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const rename = useRename();
  const [name, setName] = useState<string | null>(null);
  if (!me) return null;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (name === null) return;
    rename.mutate(name, {
      onSuccess: () => {
        setName(null);
        toast(t("saved"));
      },
    });
  };
  return (
    <Card title={t("name.title")} actions={<Badge tone="accent">{common(`role.${me.role}`)}</Badge>}>
      <form onSubmit={send} className="flex flex-col gap-3">
        <Field label={t("name.label")} hint={t("name.hint")} error={wrong(rename.error, "name")}>
          <Input
            required
            autoComplete="username"
            dir="auto"
            value={name ?? me.user.name}
            onChange={(e) => setName(e.target.value)}
          />
        </Field>
        {rename.isError && <ErrorBox error={rename.error} />}
        <Button
          type="submit"
          look="primary"
          className="self-start"
          busy={rename.isPending}
          disabled={name === null || name === me.user.name}
        >
          {t("name.save")}
        </Button>
      </form>
    </Card>
  );
}

const BLANK = { current: "", next: "", again: "" };

export function PasswordCard() {
  const { t } = useTranslation("account");
  const change = useChangePassword();
  const [form, setForm] = useState(BLANK);
  const differs = form.again !== "" && form.again !== form.next;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (differs) return;
    change.mutate(
      { current_password: form.current, new_password: form.next },
      {
        onSuccess: () => {
          setForm(BLANK);
          toast(t("password.changed"));
        },
      },
    );
  };
  const put = (name: keyof typeof BLANK) => (event: { target: { value: string } }) =>
    setForm({ ...form, [name]: event.target.value });
  return (
    <Card title={t("password.title")}>
      <form onSubmit={send} className="flex flex-col gap-3">
        <Field label={t("password.current")} error={wrong(change.error, "current_password")}>
          <Input
            type="password"
            required
            autoComplete="current-password"
            value={form.current}
            onChange={put("current")}
          />
        </Field>
        <Field
          label={t("password.next")}
          hint={t("password.hint")}
          error={wrong(change.error, "new_password")}
        >
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={form.next}
            onChange={put("next")}
          />
        </Field>
        <Field label={t("password.again")} error={differs ? t("password.differs") : undefined}>
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={form.again}
            onChange={put("again")}
          />
        </Field>
        {change.isError && <ErrorBox error={change.error} />}
        <Button type="submit" look="primary" className="self-start" busy={change.isPending}>
          {t("password.save")}
        </Button>
      </form>
    </Card>
  );
}
