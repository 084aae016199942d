import { Gift } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "@/api/providers";
import { whole } from "@/lib/format";
import { useMeaning } from "@/lib/meaning";

export type Free = NonNullable<Provider["free"]>;

/** What a vendor gives away, in a line. */
export function useFree(): (free: Free) => string {
  const { t } = useTranslation("providers");
  const { text } = useMeaning();
  return (free) => {
    if (free.kind === "credit") return t("free.credit", { much: text(free.credit ?? "") });
    if (free.kind === "plan") return t("free.plan");
    return t("free.models", { count: free.models.length });
  };
}

const PERS = ["second", "minute", "hour", "day", "month"] as const;

/** All that is known of it: models, limits, terms, and since when. */
export function FreeFacts({ free }: { free: Free }) {
  const { t } = useTranslation("providers");
  const { text } = useMeaning();
  const inShort = useFree();
  return (
    <section className="rounded-lg border border-line bg-good-soft px-4 py-3">
      <h3 className="flex items-center gap-2 font-medium text-good">
        <Gift size={16} aria-hidden="true" /> {inShort(free)}
      </h3>
      {free.kind === "models" && (
        <p className="mt-1 text-sm break-words text-muted">{free.models.slice(0, 6).join(", ")}</p>
      )}
      {free.limits.length > 0 && (
        <ul className="mt-1 list-disc pl-5 text-sm">
          {free.limits.slice(0, 6).map((limit) => {
            const per = PERS.find((name) => name === limit.per);
            const of = limit.of === "tokens" ? ("tokens" as const) : ("requests" as const);
            return (
              <li key={`${limit.of} ${limit.per} ${limit.models.join()}`} className="break-words">
                {t(`free.${of}`, {
                  most: whole(limit.most),
                  per: per ? t(`free.per.${per}`) : limit.per,
                })}
                {limit.models.join() !== "*" && limit.models.length > 0 && (
                  <span className="text-muted"> · {limit.models.join(", ")}</span>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {free.terms && <p className="mt-1 text-sm">{text(free.terms)}</p>}
      <p className="mt-1 text-sm text-muted">
        <a href={free.source} target="_blank" rel="noreferrer" className="underline">
          {t("free.source", { day: free.as_of })}
        </a>
      </p>
    </section>
  );
}
