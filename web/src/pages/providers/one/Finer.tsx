import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Wrong } from "@/components/config/ItemDialog";
import type { Tree } from "@/lib/path";
import { SchemaFields } from "./SchemaFields";
import { settingsOf } from "./schema";

const ABLE = ["vision", "audio", "tools", "json", "reasoning"];
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

type Props = { schema: unknown; body: Tree; onBody: (body: Tree) => void; wrong: Wrong };

/** Fields for the settings of these names. */
export function Settings({ names, schema, ...rest }: Props & { names: readonly string[] }) {
  return <SchemaFields settings={settingsOf(schema, names)} {...rest} />;
}

/** What a provider and each of its models can say alike, folded away until it is wanted. */
export function Finer(props: Props) {
  const { t } = useTranslation("providers");
  return (
    <>
      <Folded title={t("settings.able")}>
        <Settings names={ABLE} {...props} />
      </Folded>
      <Folded title={t("settings.shape")}>
        <Settings names={SHAPE} {...props} />
      </Folded>
    </>
  );
}

function Folded({ title, children }: { title: ReactNode; children: ReactNode }) {
  return (
    <details className="rounded-lg border border-line px-4 py-2.5">
      <summary className="cursor-pointer font-medium">{title}</summary>
      <div className="mt-3 flex flex-col gap-4">{children}</div>
    </details>
  );
}
