import { useTranslation } from "react-i18next";
import type { Provider } from "@/api/providers";
import { Badge } from "@/components/ui/Badge";

const WHYS = ["breaker_open", "failed", "told", "guessed", "model"] as const;

/** How a provider's models are, and why where they are not well. */
export function HealthBadge({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const { ok, resting, failing, why } = provider.health;
  if (!provider.enabled) return <Badge>{t("health.off")}</Badge>;
  if (ok + resting + failing === 0) return <Badge>{t("health.unasked")}</Badge>;
  if (resting + failing === 0) return <Badge tone="good">{t("health.ok")}</Badge>;
  const known = WHYS.find((name) => name === why);
  const reason = known ? t(`why.${known}`) : (why ?? "");
  const all = ok === 0;
  return (
    <Badge tone={all ? "bad" : "warn"}>
      <span className="truncate">
        {failing > 0 ? t("health.failing", { count: failing }) : t("health.resting", { count: resting })}
        {reason && ` · ${reason}`}
      </span>
    </Badge>
  );
}
