import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useUrlState } from "@/hooks/useUrlState";

/** The way back for whoever came here from the first steps; nothing for others. */
export function BackToSteps() {
  const { t } = useTranslation("welcome");
  const [{ from }] = useUrlState({ from: "" });
  if (from !== "welcome") return null;
  return (
    <p>
      <Link to="/welcome" className="inline-flex items-center gap-1 text-accent hover:underline">
        <ArrowLeft size={14} aria-hidden="true" /> {t("back")}
      </Link>
    </p>
  );
}
