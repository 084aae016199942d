import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { providersQuery } from "@/api/providers";
import { useMay } from "@/api/session";
import { Card } from "@/components/ui/Card";

/** Leads to the first steps while there is no provider; nothing otherwise. */
export function StartHere() {
  const { t } = useTranslation("welcome");
  const { data } = useQuery(providersQuery);
  const may = useMay("operator");
  if (!data || data.some(({ configured }) => configured)) return null;
  return (
    <Card title={t("start.title")}>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-prose text-muted">{may ? t("start.text") : t("start.viewer")}</p>
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
