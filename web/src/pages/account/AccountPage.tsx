import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";
import { Tabs } from "@/components/ui/Tabs";
import { useUrlState } from "@/hooks/useUrlState";
import { NameCard, PasswordCard } from "./basics";
import { SecondFactorCard } from "./SecondFactor";
import { SessionsCard } from "./Sessions";
import { TokensCard } from "./Tokens";

/** One's own account: name, password, second factor, sessions, tokens for scripts. */
export function AccountPage() {
  const { t } = useTranslation("account");
  const [{ tab }, put] = useUrlState({ tab: "you" });
  const tabs = [
    {
      id: "you",
      label: t("tab.you"),
      content: (
        <div className="grid max-w-4xl gap-4 md:grid-cols-2">
          <NameCard />
          <PasswordCard />
        </div>
      ),
    },
    { id: "factor", label: t("tab.factor"), content: <SecondFactorCard /> },
    { id: "sessions", label: t("tab.sessions"), content: <SessionsCard /> },
    { id: "tokens", label: t("tab.tokens"), content: <TokensCard /> },
  ];
  return (
    <Page title={t("title")} about={t("about")}>
      <Tabs label={t("title")} tabs={tabs} value={tab} onChange={(id) => put({ tab: id })} />
    </Page>
  );
}
