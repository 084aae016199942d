import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function HistoryPage() {
  const { t } = useTranslation("history");
  return <Page title={t("title")}>{null}</Page>;
}
