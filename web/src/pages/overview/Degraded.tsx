import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { statusQuery } from "@/api/status";
import { useTerms } from "@/components/common/terms";

/** What does not work as it should while requests are served. Nothing is shown when all is well. */
export function Degraded() {
  const { t } = useTranslation("overview");
  const term = useTerms();
  const { data } = useQuery(statusQuery);
  if (!data || data.degraded.length === 0) return null;
  return (
    <section
      aria-label={t("degraded")}
      className="rounded-lg border border-line bg-warn-soft px-4 py-3 text-warn"
    >
      <h2 className="flex items-center gap-2 font-semibold">
        <TriangleAlert size={16} aria-hidden="true" /> {t("degraded")}
      </h2>
      <ul className="mt-1 list-disc pl-6">
        {data.degraded.map(({ kind, what }) => (
          <li key={`${kind} ${what}`}>
            {term("degraded", kind)}: <span lang="en">{what}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
