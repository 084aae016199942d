import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { schemaQuery } from "@/api/config";
import type { Provider } from "@/api/providers";
import { type Body, ItemDialog, type Wrong } from "@/components/config/ItemDialog";
import { Allowed } from "./Allowed";
import { Finer, Settings } from "./Finer";

const WAY = ["base_url", "auth", "headers", "proxy", "tls_verify", "free_tier"];

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

function Form(props: FormProps) {
  const { t } = useTranslation("providers");
  const { data: schema } = useQuery(schemaQuery("provider"));
  return (
    <>
      {(["limits", "account_limits"] as const).map((name) => (
        <section key={name}>
          <h3 className="font-semibold">{t(`settings.${name}`)}</h3>
          <Allowed name={name} {...props} />
        </section>
      ))}
      <Settings names={WAY} schema={schema} {...props} />
      <Finer schema={schema} {...props} />
    </>
  );
}
