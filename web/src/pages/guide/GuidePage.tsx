import { useTranslation } from "react-i18next";
import { Page } from "@/components/common/Page";

export function GuidePage() {
  const { t } = useTranslation("guide");
  return <Page title={t("title")}>{null}</Page>;
}
