import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type LoginState, useLogin, useSecondFactor } from "@/api/session";
import { ErrorBox } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Field, Input } from "@/components/ui/Field";

/** Name and password, then a code where the user has a second factor. */
export function SignInForm({ name: known, onDone }: { name?: string; onDone: () => void }) {
  const [half, setHalf] = useState<LoginState | null>(null);
  const after = (state: LoginState) => (state.second_factor ? setHalf(state) : onDone());
  return half?.pre_auth ? (
    <Second preAuth={half.pre_auth} onDone={onDone} onBack={() => setHalf(null)} />
  ) : (
    <First known={known} onDone={after} />
  );
}

function First({ known, onDone }: { known?: string; onDone: (state: LoginState) => void }) {
  const { t } = useTranslation();
  const login = useLogin();
  const [name, setName] = useState(known ?? "");
  const [password, setPassword] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ name, password }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4">
      <Field label={t("session.name")}>
        <Input
          autoFocus={!known}
          autoComplete="username"
          required
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
      </Field>
      <Field label={t("session.password")}>
        <Input
          type="password"
          autoFocus={Boolean(known)}
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
      </Field>
      {login.isError && <ErrorBox error={login.error} />}
      <Button type="submit" look="primary" busy={login.isPending}>
        {t("session.signIn")}
      </Button>
    </form>
  );
}

function Second({ preAuth, onDone, onBack }: { preAuth: string; onDone: () => void; onBack: () => void }) {
  const { t } = useTranslation();
  const second = useSecondFactor();
  const [code, setCode] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    second.mutate({ pre_auth: preAuth, code: code.trim() }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4">
      <Field label={t("session.code")} hint={t("session.codeHint")}>
        <Input
          autoFocus
          autoComplete="one-time-code"
          inputMode="text"
          required
          value={code}
          onChange={(e) => setCode(e.target.value)}
        />
      </Field>
      {second.isError && <ErrorBox error={second.error} />}
      <div className="flex justify-between gap-2">
        <Button look="quiet" onClick={onBack}>
          {t("back")}
        </Button>
        <Button type="submit" look="primary" busy={second.isPending}>
          {t("session.signIn")}
        </Button>
      </div>
    </form>
  );
}
