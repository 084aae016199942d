import { useTranslation } from "react-i18next";
import { type Provider, useTry } from "@/api/providers";
import { useMay } from "@/api/session";
import { Facts } from "@/components/common/bits";
import { ErrorBox } from "@/components/common/states";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { UNKNOWN, whole } from "@/lib/format";
import { HealthBadge } from "../HealthBadge";
import { Origin } from "../ProviderCard";
import { TriedView } from "../TriedView";

/** How a provider is now, what is left of its limits, and a try of every account. */
export function How({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const may = useMay("operator");
  const attempt = useTry();
  const { id, base_url, dialects, health, limits, docs_url: docs } = provider;
  return (
    <Card
      title={t("how.title")}
      actions={
        may &&
        provider.enabled && (
          <Button small busy={attempt.isPending} onClick={() => attempt.mutate(id)}>
            {t("try")}
          </Button>
        )
      }
    >
      <div className="flex flex-col gap-4">
        <p className="flex flex-wrap gap-1.5">
          <HealthBadge provider={provider} />
          <Origin provider={provider} />
        </p>
        <Facts
          rows={[
            [t("how.id"), <code key="id">{id}</code>],
            [
              t("need.base_url"),
              <span key="url" className="break-all">
                {base_url ?? UNKNOWN}
              </span>,
            ],
            [t("need.dialect"), dialects.join(", ") || UNKNOWN],
            [
              t("how.models"),
              t("how.counts", {
                ok: whole(health.ok),
                resting: whole(health.resting),
                failing: whole(health.failing),
              }),
            ],
          ]}
        />
        {docs && (
          <a href={docs} target="_blank" rel="noreferrer" className="self-start text-accent underline">
            {t("docs")}
          </a>
        )}
        <section>
          <h3 className="mb-2 font-medium">{t("how.limits")}</h3>
          <LimitMeters limits={limits} />
        </section>
        <div aria-live="polite" className="flex flex-col gap-2 empty:hidden">
          {attempt.isError && <ErrorBox error={attempt.error} />}
          {attempt.data?.map((tried, at) => (
            <TriedView key={tried.account ?? at} tried={tried} />
          ))}
        </div>
      </div>
    </Card>
  );
}
