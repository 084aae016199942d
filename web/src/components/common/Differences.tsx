import { useTranslation } from "react-i18next";
import { type Difference, line } from "@/lib/diff";

/** What differs, a line each: what was, and what is. The signs say it too, not the colours alone. */
export function Differences({ list }: { list: Difference[] }) {
  const { t } = useTranslation();
  if (list.length === 0) return <p className="text-muted">{t("diff.none")}</p>;
  return (
    <ul className="flex flex-col gap-2 font-mono text-xs">
      {list.map(({ path, before, after }) => (
        <li key={path} className="min-w-0 overflow-hidden rounded-md border border-line">
          <p className="bg-sunken px-2 py-1 break-all text-muted">{path || t("diff.whole")}</p>
          {before !== undefined && (
            <p className="bg-bad-soft px-2 py-0.5 break-all text-bad">
              <span className="sr-only">{t("diff.before")} </span>− {line(before)}
            </p>
          )}
          {after !== undefined && (
            <p className="bg-good-soft px-2 py-0.5 break-all text-good">
              <span className="sr-only">{t("diff.after")} </span>+ {line(after)}
            </p>
          )}
        </li>
      ))}
    </ul>
  );
}
