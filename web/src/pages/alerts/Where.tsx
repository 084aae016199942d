import { useTranslation } from "react-i18next";
import type { Alerts } from "@/api/alerts";
import type { Setting } from "@/api/settings";
import { Facts } from "@/components/common/bits";
import { Card } from "@/components/ui/Card";
import { UNKNOWN } from "@/lib/format";
import { useAlertWords } from "./words";

/** Where alerts go, which, and how often. */
export function Where({ alerts, settings }: { alerts: Alerts; settings: readonly Setting[] }) {
  const { t } = useTranslation("alerts");
  const { t: common } = useTranslation();
  const words = useAlertWords();
  const value = (name: string) => settings.find(({ path }) => path === `alerts.${name}`);
  const repeat = value("repeat")?.value;
  const inFile = settings.some(({ editable }) => !editable);
  return (
    <Card title={t("where.title")}>
      <Facts
        rows={[
          [t("where.to"), <bdi key="to">{alerts.to ?? UNKNOWN}</bdi>],
          [t("where.least"), words("least", alerts.least)],
          [t("where.style"), words("style", alerts.style)],
          [t("where.repeat"), typeof repeat === "string" ? repeated(repeat, t("where.once")) : UNKNOWN],
          [t("where.signed"), value("secret")?.value ? common("yes") : common("no")],
        ]}
      />
      {inFile && <p className="mt-3 text-sm text-muted">{common("owner.fileHint")}</p>}
    </Card>
  );
}

/** Nought of any unit means never again. */
const repeated = (wait: string, never: string) => (/^0+(\.0+)?(ms|s|m|h|d)$/.test(wait) ? never : wait);
