import { Plus } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "@/api/providers";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { useFree } from "./Free";

/** A provider that could be added: what of it is free, and the button. */
export function Offer({ provider, onAdd }: { provider: Provider; onAdd?: () => void }) {
  const { t } = useTranslation("providers");
  const inShort = useFree();
  const { label, free, local, docs_url: docs } = provider;
  return (
    <li className="flex min-w-0 items-center justify-between gap-3 rounded-lg border border-line bg-surface px-3 py-2">
      <div className="min-w-0">
        <p className="truncate font-medium">
          <bdi>{label}</bdi>
        </p>
        <p className="flex flex-wrap items-center gap-1 text-sm text-muted">
          {free && (
            <Badge tone="good">
              <span className="truncate">{inShort(free)}</span>
            </Badge>
          )}
          {local && <Badge tone="good">{t("local")}</Badge>}
          {!free && !local && docs && (
            <a href={docs} target="_blank" rel="noreferrer" className="underline">
              {t("docs")}
            </a>
          )}
        </p>
      </div>
      {onAdd && (
        <Button small icon={<Plus size={14} />} aria-label={t("add.title", { name: label })} onClick={onAdd}>
          {t("add.short")}
        </Button>
      )}
    </li>
  );
}
