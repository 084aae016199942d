import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";
import { Tabs } from "@/components/ui/Tabs";
import { useUrlState } from "@/hooks/useUrlState";
import { BudgetsTab } from "./BudgetsTab";
import { KeysTab } from "./KeysTab";
import { TeamsTab } from "./TeamsTab";

/** Who may call the gateway, how much, and for how much money. */
export function KeysPage() {
  const { t } = useTranslation("keys");
  const [{ tab }, put] = useUrlState({ tab: "keys" });
  const tabs = [
    { id: "keys", label: t("tab.keys"), content: <KeysTab /> },
    { id: "teams", label: t("tab.teams"), content: <TeamsTab /> },
    { id: "budgets", label: t("tab.budgets"), content: <BudgetsTab /> },
  ];
  return (
    <Page title={t("title")} about={t("about")}>
      <Tabs label={t("title")} tabs={tabs} value={tab} onChange={(id) => put({ tab: id })} />
    </Page>
  );
}
