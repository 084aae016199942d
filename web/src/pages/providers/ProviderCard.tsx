import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type Provider, useTry } from "@/api/providers";
import { useMay } from "@/api/session";
import { ErrorBox } from "@/components/common/states";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Accounts } from "./Accounts";
import { Enabled } from "./Enabled";
import { HealthBadge } from "./HealthBadge";
import { TriedView } from "./TriedView";

/** A provider that is configured: how it is, its accounts, what is left of its limits. */
export function ProviderCard({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const may = useMay("operator");
  const attempt = useTry();
  const { id, label, limits, deployments, enabled } = provider;
  return (
    <li className="flex min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface px-4 py-3">
      <header className="flex flex-wrap items-start justify-between gap-2">
        <div className="min-w-0">
          <h3 className="truncate font-semibold">
            <Link to="/providers/$name" params={{ name: id }} className="hover:underline">
              <bdi>{label}</bdi>
            </Link>
          </h3>
          <p className="flex flex-wrap items-center gap-1.5 text-sm text-muted">
            <HealthBadge provider={provider} />
            <Origin provider={provider} />
          </p>
        </div>
        <Enabled provider={provider} />
      </header>
      <Accounts provider={provider} />
      {limits.length > 0 && <LimitMeters limits={limits.slice(0, 4)} />}
      <footer className="mt-auto flex flex-wrap items-center justify-between gap-2">
        <Link to="/models" search={{ provider: id } as never} className="text-sm text-accent hover:underline">
          {t("modelsOf", { count: deployments })}
        </Link>
        <span className="flex gap-2">
          {may && enabled && (
            <Button small busy={attempt.isPending} onClick={() => attempt.mutate(id)}>
              {t("try")}
            </Button>
          )}
          <Link
            to="/providers/$name"
            params={{ name: id }}
            aria-label={t("openName", { name: label })}
            className="inline-flex h-7 items-center rounded-md border border-line px-2 text-sm font-medium hover:bg-sunken"
          >
            {t("open")}
          </Link>
        </span>
      </footer>
      <div aria-live="polite" className="flex flex-col gap-2 empty:hidden">
        {attempt.isError && <ErrorBox error={attempt.error} />}
        {attempt.data?.map((tried, at) => (
          <TriedView key={tried.account ?? at} tried={tried} />
        ))}
      </div>
    </li>
  );
}

/** Where its configuration stands. */
export function Origin({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  if (provider.owner === "file")
    return (
      <span title={common("owner.fileHint")}>
        <Badge>{common("owner.file")}</Badge>
      </span>
    );
  if (provider.owner == null) return <Badge>{provider.local ? t("foundLocal") : t("foundEnv")}</Badge>;
  return null;
}
