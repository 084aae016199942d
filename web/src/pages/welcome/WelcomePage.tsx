import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function WelcomePage() {
  const { t } = useTranslation("welcome");
  return <Page title={t("title")}>{null}</Page>;
}
