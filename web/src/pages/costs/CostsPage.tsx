import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function CostsPage() {
  const { t } = useTranslation("costs");
  return <Page title={t("title")}>{null}</Page>;
}
