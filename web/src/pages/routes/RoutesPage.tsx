import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function RoutesPage() {
  const { t } = useTranslation("routes");
  return <Page title={t("title")}>{null}</Page>;
}
