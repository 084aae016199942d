import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Tested } from "@/api/alerts";
import { cx } from "@/lib/cx";
import { duration } from "@/lib/format";

/** Whether a test arrived, and what to do where it did not. */
export function TestResult({ result: { ok, status, ms, message } }: { result: Tested }) {
  const { t } = useTranslation("alerts");
  const Icon = ok ? CircleCheck : TriangleAlert;
  return (
    <section
      aria-label={t("test.label")}
      className={cx(
        "flex items-start gap-3 rounded-lg border border-line px-4 py-3",
        ok ? "bg-good-soft text-good" : "bg-bad-soft text-bad",
      )}
    >
      <Icon size={18} aria-hidden="true" className="mt-0.5 shrink-0" />
      <div className="min-w-0 break-words">
        <p className="font-medium">{ok ? t("test.ok") : t("test.bad")}</p>
        {message && <p dir="auto">{message}</p>}
        <p className="num text-sm">
          {[status != null && t("test.status", { status }), duration(ms)].filter(Boolean).join(" · ")}
        </p>
      </div>
    </section>
  );
}
