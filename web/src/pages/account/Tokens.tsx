import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { myTokensQuery, useMakeToken, useRevokeToken } from "@/api/account";
import { meQuery, type Role } from "@/api/session";
import { CopyButton, When } from "@/components/common/bits";
import { Empty, ErrorBox, Loaded } from "@/components/common/states";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input, Select } from "@/components/ui/Field";

const ROLES: Role[] = ["viewer", "operator", "admin"];
const BLANK = { name: "", role: "viewer" as Role, days: "90" };

/** Tokens with which scripts call the admin API. */
export function TokensCard() {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation();
  const tokens = useQuery(myTokensQuery);
  const revoke = useRevokeToken();
  return (
    <div className="grid max-w-5xl items-start gap-4 lg:grid-cols-[1fr_20rem]">
      <Card title={t("tokens.title")}>
        {revoke.isError && <ErrorBox error={revoke.error} />}
        <Loaded query={tokens}>
          {(list) =>
            list.length === 0 ? (
              <Empty title={t("tokens.none")}>{t("tokens.about")}</Empty>
            ) : (
              <ul className="divide-y divide-line">
                {list.map((token) => (
                  <li key={token.id} className="flex flex-wrap items-center justify-between gap-3 py-2.5">
                    <div className="min-w-0">
                      <p className="flex items-center gap-2">
                        <span dir="auto" className="truncate font-medium">
                          {token.name}
                        </span>
                        <Badge>{common(`role.${token.role}`)}</Badge>
                      </p>
                      <p className="text-sm text-muted">
                        {t("tokens.ends")} <When ms={token.expires_ms} />
                      </p>
                    </div>
                    <Button
                      small
                      look="danger"
                      busy={revoke.isPending && revoke.variables === token.id}
                      onClick={() => revoke.mutate(token.id)}
                    >
                      {t("tokens.revoke")}
                    </Button>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </Card>
      <Make />
    </div>
  );
}

function Make() {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const make = useMakeToken();
  const [form, setForm] = useState(BLANK);
  const most = ROLES.indexOf(me?.role ?? "viewer");
  const send = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(
      { name: form.name, role: form.role, days: Number(form.days) },
      { onSuccess: () => setForm(BLANK) },
    );
  };
  return (
    <Card title={t("tokens.make")}>
      <form onSubmit={send} className="flex flex-col gap-3">
        <Field label={t("tokens.name")}>
          <Input
            required
            dir="auto"
            value={form.name}
            onChange={(e) => setForm({ ...form, name: e.target.value })}
          />
        </Field>
        <Field label={t("tokens.role")}>
          <Select value={form.role} onChange={(e) => setForm({ ...form, role: e.target.value as Role })}>
            {ROLES.slice(0, most + 1).map((role) => (
              <option key={role} value={role}>
                {common(`role.${role}`)}
              </option>
            ))}
          </Select>
        </Field>
        <Field label={t("tokens.days")}>
          <Input
            type="number"
            min={1}
            max={365}
            required
            value={form.days}
            onChange={(e) => setForm({ ...form, days: e.target.value })}
          />
        </Field>
        {make.isError && <ErrorBox error={make.error} />}
        <Button type="submit" look="primary" busy={make.isPending}>
          {t("tokens.make")}
        </Button>
      </form>
      <Dialog open={make.isSuccess} onClose={() => make.reset()} title={t("tokens.made")}>
        <p className="mb-3">{t("tokens.once")}</p>
        <p className="flex items-center gap-2">
          <code className="min-w-0 flex-1 rounded bg-sunken px-2 py-1.5 font-mono text-xs break-all">
            {make.data?.secret}
          </code>
          <CopyButton text={make.data?.secret ?? ""} />
        </p>
      </Dialog>
    </Card>
  );
}
