import { useTranslation } from "react-i18next";
import { Code } from "@/components/common/bits";
import { Empty } from "@/components/common/states";

/** A route that is not edited here, as the configuration has it. */
export function Summary({ body }: { body: unknown }) {
  const { t } = useTranslation("routes");
  if (body === undefined) return <Empty title={t("nowhere")} />;
  return <Code label={t("settings")}>{JSON.stringify(body, null, 2)}</Code>;
}
