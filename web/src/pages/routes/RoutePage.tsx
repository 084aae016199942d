import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function RoutePage() {
  const { t } = useTranslation("routes");
  return <Page title={t("title")}>{null}</Page>;
}
