import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { type TotpSecret, useBeginTotp, useConfirmTotp, useDisableTotp, useRenewCodes } from "@/api/account";
import { meQuery } from "@/api/session";
import { CopyButton } from "@/components/common/bits";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";

/** The second factor: an authenticator's codes, and recovery codes for when it is lost. */
export function SecondFactorCard() {
  const { t } = useTranslation("account");
  const { data: me } = useQuery(meQuery);
  const [codes, setCodes] = useState<string[] | null>(null);
  if (!me) return null;
  const on = me.user.totp;
  return (
    <Card
      className="max-w-2xl"
      title={t("factor.title")}
      actions={<Badge tone={on ? "good" : "warn"}>{on ? t("factor.on") : t("factor.off")}</Badge>}
    >
      <p className="mb-4 text-muted">{t("factor.about")}</p>
      {on ? <On left={me.recovery_codes} onCodes={setCodes} /> : <Off onCodes={setCodes} />}
      <Codes codes={codes} onClose={() => setCodes(null)} />
    </Card>
  );
}

function Off({ onCodes }: { onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation("account");
  const begin = useBeginTotp();
  const [password, setPassword] = useState("");
  const [secret, setSecret] = useState<TotpSecret | null>(null);
  if (secret) return <Scan secret={secret} onCodes={onCodes} onBack={() => setSecret(null)} />;
  const send = (event: FormEvent) => {
    event.preventDefault();
    begin.mutate(password, { onSuccess: setSecret });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-3">
      <Field label={t("password.current")} hint={t("factor.why")}>
        <Input
          type="password"
          required
          autoComplete="current-password"
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
      </Field>
      {begin.isError && <ErrorBox error={begin.error} />}
      <Button type="submit" look="primary" className="self-start" busy={begin.isPending}>
        {t("factor.begin")}
      </Button>
    </form>
  );
}

function Scan({
  secret,
  onCodes,
  onBack,
}: {
  secret: TotpSecret;
  onCodes: (codes: string[]) => void;
  onBack: () => void;
}) {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation();
  const confirm = useConfirmTotp();
  const [code, setCode] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    confirm.mutate(code.trim(), { onSuccess: ({ codes }) => onCodes(codes) });
  };
  return (
    <form onSubmit={send} className="flex flex-col gap-4 sm:flex-row">
      {/* A picture by address of its data: markup of the gateway's is not put into the page. */}
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(secret.svg)}`}
        alt={t("factor.picture")}
        className="size-48 shrink-0 rounded-md border border-line bg-[#ffffff] p-2"
      />
      <div className="flex min-w-0 flex-1 flex-col gap-3">
        <p>{t("factor.scan")}</p>
        <p className="flex items-center gap-1">
          <code className="min-w-0 rounded bg-sunken px-2 py-1 font-mono text-xs break-all">
            {secret.secret}
          </code>
          <CopyButton text={secret.secret} />
        </p>
        <Field label={t("factor.code")}>
          <Input
            autoFocus
            required
            inputMode="numeric"
            autoComplete="one-time-code"
            value={code}
            onChange={(e) => setCode(e.target.value)}
          />
        </Field>
        {confirm.isError && <ErrorBox error={confirm.error} />}
        <div className="flex gap-2">
          <Button type="submit" look="primary" busy={confirm.isPending}>
            {t("factor.confirm")}
          </Button>
          <Button onClick={onBack}>{common("cancel")}</Button>
        </div>
      </div>
    </form>
  );
}

function On({ left, onCodes }: { left: number; onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation("account");
  const off = useDisableTotp();
  const renew = useRenewCodes();
  const [form, setForm] = useState({ password: "", code: "" });
  const clear = () => setForm({ password: "", code: "" });
  const error = off.error ?? renew.error;
  const renewCodes = () =>
    renew.mutate(form, {
      onSuccess: ({ codes }) => {
        clear();
        onCodes(codes);
      },
    });
  const disable = () =>
    off.mutate(form, {
      onSuccess: () => {
        clear();
        toast(t("factor.wasSwitchedOff"));
      },
    });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        renewCodes();
      }}
      className="flex flex-col gap-3"
    >
      <p>
        {t("factor.left", { count: left })} {left < 3 && <Badge tone="warn">{t("factor.few")}</Badge>}
      </p>
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t("password.current")}>
          <Input
            type="password"
            required
            autoComplete="current-password"
            value={form.password}
            onChange={(e) => setForm({ ...form, password: e.target.value })}
          />
        </Field>
        <Field label={t("factor.code")}>
          <Input
            required
            autoComplete="one-time-code"
            value={form.code}
            onChange={(e) => setForm({ ...form, code: e.target.value })}
          />
        </Field>
      </div>
      {error && <ErrorBox error={error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" busy={renew.isPending}>
          {t("factor.renew")}
        </Button>
        <Button look="danger" busy={off.isPending} disabled={!form.password || !form.code} onClick={disable}>
          {t("factor.switchOff")}
        </Button>
      </div>
    </form>
  );
}

function Codes({ codes, onClose }: { codes: string[] | null; onClose: () => void }) {
  const { t } = useTranslation("account");
  const text = (codes ?? []).join("\n");
  return (
    <Dialog
      open={codes !== null}
      onClose={onClose}
      title={t("codes.title")}
      footer={
        <Button look="primary" onClick={onClose}>
          {t("codes.kept")}
        </Button>
      }
    >
      <p className="mb-3">{t("codes.about")}</p>
      <ul className="mb-3 grid grid-cols-2 gap-2 font-mono">
        {(codes ?? []).map((code) => (
          <li key={code} className="rounded bg-sunken px-2 py-1 text-center">
            {code}
          </li>
        ))}
      </ul>
      <CopyButton text={text} label={t("codes.copy")} />
    </Dialog>
  );
}
