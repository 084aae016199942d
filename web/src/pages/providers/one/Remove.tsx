import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { readItem, useDeleteItem } from "@/api/config";
import { modelsQuery } from "@/api/models";
import type { Provider } from "@/api/providers";
import { ErrorBox } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Confirm } from "@/components/ui/Confirm";

/** Deletes a provider, having said which routes lead to it. */
export function Remove({ provider }: { provider: Provider }) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const navigate = useNavigate();
  const [asked, setAsked] = useState(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const remove = useDeleteItem();
  const { data: models } = useQuery({ ...modelsQuery, enabled: asked });
  const own = models?.filter((model) => model.provider === provider.id) ?? [];
  const routes = [...new Set(own.flatMap(({ used_by }) => used_by))].sort();
  const go = async () => {
    setBusy(true);
    setFailed(null);
    try {
      const { version } = await readItem("provider", provider.id);
      await remove.mutateAsync({ kind: "provider", name: provider.id, base: version });
      void navigate({ to: "/providers" });
    } catch (error) {
      setFailed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button look="danger" onClick={() => setAsked(true)}>
        {common("delete")}
      </Button>
      <Confirm
        open={asked}
        title={common("deleteItem", { name: provider.label })}
        doing={common("delete")}
        busy={busy}
        onClose={() => setAsked(false)}
        onConfirm={() => void go()}
      >
        <p>{t("remove.text", { count: provider.deployments })}</p>
        {routes.length > 0 && (
          <>
            <p className="mt-2 text-warn">{t("remove.routes")}</p>
            <ul className="list-disc pl-5">
              {routes.map((route) => (
                <li key={route}>
                  <bdi>{route}</bdi>
                </li>
              ))}
            </ul>
          </>
        )}
        <p className="mt-2 text-muted">{common("deleteItemText")}</p>
        {failed !== null && <ErrorBox error={failed} />}
      </Confirm>
    </>
  );
}
