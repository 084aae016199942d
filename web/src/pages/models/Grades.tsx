import { useTranslation } from "react-i18next";
import { useTerms } from "@/components/common/terms";
import { percent } from "@/lib/format";

/** The share of right answers by category, where it was graded. */
export function Grades({ grades }: { grades: Record<string, number> }) {
  const { t } = useTranslation("models");
  const term = useTerms();
  const rows = Object.entries(grades).sort(([, a], [, b]) => b - a);
  if (rows.length === 0) return null;
  return (
    <section>
      <h3 className="mb-2 font-semibold">{t("grades")}</h3>
      <ul className="grid gap-x-6 gap-y-1.5 sm:grid-cols-2">
        {rows.map(([category, share]) => (
          <li key={category} className="flex items-center gap-3">
            <span className="w-28 shrink-0 truncate text-sm">{term("category", category)}</span>
            <span aria-hidden="true" className="h-1.5 flex-1 overflow-hidden rounded-full bg-sunken">
              <span
                className="block h-full rounded-full bg-accent"
                style={{ width: `${Math.round(share * 100)}%` }}
              />
            </span>
            <span className="num w-14 shrink-0 text-right text-sm">{percent(share)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
