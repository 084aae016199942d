import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function ProviderPage() {
  const { t } = useTranslation("providers");
  return <Page title={t("title")}>{null}</Page>;
}
