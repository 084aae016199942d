import { CircleCheck, CircleX } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Tried } from "@/api/providers";
import { Badge } from "@/components/ui/Badge";
import { cx } from "@/lib/cx";
import { duration, whole } from "@/lib/format";

const SOME = 8;

/** What came of trying a key: whether it can be used, how fast, with which models, and what to do where not. */
export function TriedView({ tried }: { tried: Tried }) {
  const { t } = useTranslation("providers");
  const own = useRef<HTMLElement>(null);
  // What came of a try is what its reader waits for; on a small screen it would be out of sight.
  useEffect(() => own.current?.scrollIntoView({ block: "nearest" }), []);
  const { ok, message, said, ms, models, listed, key_proved } = tried;
  return (
    <section
      ref={own}
      aria-label={t("tried.label")}
      className={cx("min-w-0 rounded-lg border border-line px-4 py-3", ok ? "bg-good-soft" : "bg-bad-soft")}
    >
      <p className={cx("flex items-start gap-2 font-medium", ok ? "text-good" : "text-bad")}>
        {ok ? (
          <CircleCheck size={18} className="mt-0.5 shrink-0" aria-hidden="true" />
        ) : (
          <CircleX size={18} className="mt-0.5 shrink-0" aria-hidden="true" />
        )}
        <span className="min-w-0 break-words">
          {tried.account && (
            <>
              <bdi>{tried.account}</bdi>:{" "}
            </>
          )}
          {ok ? t("tried.ok") : t("tried.bad")} · <span className="num">{duration(ms)}</span>
        </span>
      </p>
      <p className="mt-1 break-words">{message}</p>
      {said && <p className="mt-1 text-sm break-words text-muted">{t("tried.said", { text: said })}</p>}
      {ok && !key_proved && <p className="mt-1 text-sm text-muted">{t("tried.unproved")}</p>}
      {models.length > 0 && (
        <div className="mt-2">
          <p className="text-sm text-muted">
            {t("tried.models", { number: whole(listed ?? models.length) })}
          </p>
          <p className="mt-1 flex flex-wrap gap-1">
            {models.slice(0, SOME).map((model) => (
              <Badge key={model}>
                <bdi className="truncate">{model}</bdi>
              </Badge>
            ))}
            {models.length > SOME && <span className="text-sm text-muted">…</span>}
          </p>
        </div>
      )}
    </section>
  );
}
