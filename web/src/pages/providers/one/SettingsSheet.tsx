import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Provider, providerSchemaQuery } from "@/api/providers";
import { type Body, ItemDialog, type Wrong } from "@/components/config/ItemDialog";
import { AllowanceFields } from "@/components/limits/AllowanceFields";
import { allowance, settled } from "@/components/limits/allowance";
import { without } from "./body";
import { SchemaFields } from "./SchemaFields";
import { settingsOf } from "./schema";

const WAY = ["base_url", "auth", "headers", "proxy", "tls_verify", "free_tier"];
const SHAPE = [
  "default_params",
  "forced_params",
  "drop_params",
  "unsupported_params",
  "on_unsupported",
  "max_output",
  "system",
  "inline_images",
];
const ABLE = ["vision", "audio", "tools", "json", "reasoning"];

/** Edits what holds for all of a provider. Its accounts and models are edited one by one. */
export function SettingsSheet({ provider, onClose }: { provider: Provider; onClose: () => void }) {
  const { t } = useTranslation("providers");
  return (
    <ItemDialog
      kind="provider"
      name={provider.id}
      title={t("settings.title", { name: provider.label })}
      blank={{}}
      canDelete={false}
      onClose={onClose}
      form={(body, onBody, wrong) => <Form body={body} onBody={onBody} wrong={wrong} />}
    />
  );
}

type FormProps = { body: Body; onBody: (body: Body) => void; wrong: Wrong };

function Form({ body, onBody, wrong }: FormProps) {
  const { t } = useTranslation("providers");
  const { data: schema } = useQuery(providerSchemaQuery);
  const group = (names: string[]) => (
    <SchemaFields settings={settingsOf(schema, names)} body={body} onBody={onBody} wrong={wrong} />
  );
  return (
    <>
      <Allowed name="limits" body={body} onBody={onBody} wrong={wrong} />
      <Allowed name="account_limits" body={body} onBody={onBody} wrong={wrong} />
      {group(WAY)}
      <details className="rounded-lg border border-line px-4 py-2.5">
        <summary className="cursor-pointer font-medium">{t("settings.shape")}</summary>
        <div className="mt-3 flex flex-col gap-4">{group(SHAPE)}</div>
      </details>
      <details className="rounded-lg border border-line px-4 py-2.5">
        <summary className="cursor-pointer font-medium">{t("settings.able")}</summary>
        <div className="mt-3 flex flex-col gap-4">{group(ABLE)}</div>
      </details>
    </>
  );
}

/** Limits of all accounts together, or of each. */
function Allowed({ name, body, onBody, wrong }: FormProps & { name: "limits" | "account_limits" }) {
  const { t } = useTranslation("providers");
  const [draft, setDraft] = useState(() => allowance({ limits: body[name] }));
  return (
    <section>
      <h3 className="font-semibold">{t(`settings.${name}`)}</h3>
      <AllowanceFields
        value={draft}
        budgets={false}
        wrong={(field) => wrong(field.replace("limits", name))}
        onChange={(next) => {
          setDraft(next);
          const { limits } = settled(next, { limits: body[name] });
          onBody(limits ? { ...body, [name]: limits } : without(body, name));
        }}
      />
    </section>
  );
}
