import { useQuery } from "@tanstack/react-query";
import { Navigate, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "@/api/problem";
import { setupQuery, useSetup } from "@/api/session";
import { ErrorBox } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";
import { Gate } from "./Gate";

/** The first administrator, made with the code that the gateway printed when it started. */
export function SetupPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { data: state } = useQuery(setupQuery);
  const setup = useSetup();
  const [form, setForm] = useState({ code: "", name: "", password: "" });
  if (state && !state.open && !setup.isSuccess) return <Navigate to="/login" replace />;
  const put = (name: keyof typeof form) => (event: { target: { value: string } }) =>
    setForm({ ...form, [name]: event.target.value });
  const wrong = (name: string) => (setup.error instanceof Problem ? setup.error.fields.get(name) : undefined);
  const said = ["code", "name", "password"].some(wrong);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setup.mutate(
      { ...form, code: form.code.trim() },
      { onSuccess: () => void navigate({ to: "/welcome", replace: true }) },
    );
  };
  return (
    <Gate title={t("setup.title")} about={t("setup.about")}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field label={t("setup.code")} hint={t("setup.codeHint")} error={wrong("code")}>
          <Input
            autoFocus
            required
            autoComplete="off"
            className="font-mono"
            value={form.code}
            onChange={put("code")}
          />
        </Field>
        <Field label={t("session.name")} error={wrong("name")}>
          <Input required autoComplete="username" value={form.name} onChange={put("name")} />
        </Field>
        <Field label={t("session.password")} hint={t("setup.passwordHint")} error={wrong("password")}>
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={form.password}
            onChange={put("password")}
          />
        </Field>
        {setup.isError && !said && <ErrorBox error={setup.error} />}
        <Button type="submit" look="primary" busy={setup.isPending}>
          {t("setup.make")}
        </Button>
      </form>
    </Gate>
  );
}
