import { Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Provider } from "@/api/providers";
import { IconButton } from "@/components/ui/Button";

/** The accounts of a provider, by the ends of their keys. */
export function Accounts({ provider, onRemove }: { provider: Provider; onRemove?: (at: number) => void }) {
  const { t } = useTranslation("providers");
  if (provider.accounts.length === 0) return <p className="text-sm text-muted">{t("accounts.none")}</p>;
  return (
    <ul aria-label={t("accounts.title")} className="flex flex-col gap-1">
      {provider.accounts.map((account, at) => (
        <li key={account.name} className="flex min-h-8 flex-wrap items-center gap-x-2 text-sm">
          <span className="text-muted">{t("accounts.one")}</span>
          <bdi className="font-medium">{account.name}</bdi>
          {known(account.hint) && <code className="font-mono text-xs">{ending(account.hint ?? "")}</code>}
          <span className="text-muted">
            {account.secret == null ? t("accounts.keyless") : <Where secret={account.secret} />}
          </span>
          {onRemove && account.owner === "database" && (
            <IconButton
              className="ml-auto"
              label={t("accounts.remove", { name: account.name })}
              onClick={() => onRemove(at)}
            >
              <Trash2 size={15} />
            </IconButton>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A key that is too short shows no end of itself. */
const known = (hint: string | null | undefined) => Boolean(hint && hint !== "…");

const ending = (hint: string) => (hint.startsWith("…") ? hint : `…${hint}`);

function Where({ secret }: { secret: string }) {
  const { t } = useTranslation("providers");
  if (secret === "environment") return t("accounts.environment");
  if (secret === "file") return t("accounts.file");
  return t("accounts.vault");
}
