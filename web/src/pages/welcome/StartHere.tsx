import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { Card } from "@/components/ui/Card";
import { useProgress } from "./steps";

/** Leads to the first steps while one of them is left to do; nothing otherwise. */
export function StartHere() {
  const { t } = useTranslation("welcome");
  const may = useMay("operator");
  const { known, done } = useProgress();
  const begun = done.provider;
  if (!known || (begun && (!may || (done.chat && done.key)))) return null;
  return (
    <Card title={begun ? t("start.onTitle") : t("start.title")}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted">
          {begun ? t("start.onText") : may ? t("start.text") : t("start.viewer")}
        </p>
        {may && (
          <Link
            to="/welcome"
            className="inline-flex h-9 items-center rounded-md bg-accent px-3.5 font-medium text-on-accent hover:bg-accent-hover"
          >
            {t("start.go")}
          </Link>
        )}
      </div>
    </Card>
  );
}
