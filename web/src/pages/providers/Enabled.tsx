import { useTranslation } from "react-i18next";
import { type Provider, useChangeProvider } from "@/api/providers";
import { useMay } from "@/api/session";
import { toast } from "@/components/common/Toasts";
import { Switch } from "@/components/ui/Switch";
import { without } from "./one/body";

/** Switches a provider on or off. */
export function Enabled({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const may = useMay("operator");
  const change = useChangeProvider();
  if (!may) return null;
  const turn = (on: boolean) =>
    change.mutate(
      {
        id: provider.id,
        change: (body) => (on ? without(body, "enabled") : { ...body, enabled: false }),
      },
      { onError: (error) => toast(error.message || t("notSaved"), true) },
    );
  return (
    <Switch
      hidden
      label={t("enabled", { name: provider.label })}
      checked={provider.enabled}
      disabled={provider.owner === "file" || change.isPending}
      onChange={turn}
    />
  );
}
