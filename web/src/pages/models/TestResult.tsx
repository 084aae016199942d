import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Tested } from "@/api/models";
import { Facts } from "@/components/common/bits";
import { useTerms } from "@/components/common/terms";
import { cx } from "@/lib/cx";
import { duration, money, short } from "@/lib/format";

/** What a model answered to something small, how long it took and what it cost. */
export function TestResult({ result }: { result: Tested }) {
  const { t } = useTranslation("models");
  const term = useTerms();
  const { ok, text, message, code } = result;
  return (
    <section
      aria-label={t("test.label")}
      className={cx("rounded-lg border border-line px-4 py-3", ok ? "bg-good-soft" : "bg-bad-soft")}
    >
      <p className={cx("font-medium", ok ? "text-good" : "text-bad")}>
        {ok ? t("test.ok") : t("test.bad")}
        {!ok && code && (
          <span className="ml-2 font-normal">
            {term("code", code)} <code className="font-mono text-xs">{code}</code>
          </span>
        )}
      </p>
      {text && (
        <p dir="auto" className="mt-1 max-h-40 overflow-y-auto break-words whitespace-pre-wrap">
          {text}
        </p>
      )}
      {message && <p className="mt-1 break-words">{message}</p>}
      <div className="num mt-2 text-sm">
        <Facts
          rows={[
            [t("col.first"), duration(result.first_ms)],
            [t("test.total"), duration(result.total_ms)],
            [t("test.tokens"), `${short(result.input)} → ${short(result.output)}`],
            [t("test.cost"), money(result.cost_nano)],
          ]}
        />
      </div>
      {result.request_id && (
        <Link
          to="/requests"
          search={{ id: result.request_id } as never}
          className="mt-2 inline-block text-sm text-accent underline"
        >
          {t("test.record")}
        </Link>
      )}
    </section>
  );
}
