import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useReset } from "@/api/deployments";
import { type Model, useTest } from "@/api/models";
import { useChangeProvider } from "@/api/providers";
import { useMay } from "@/api/session";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { switchModel } from "@/pages/providers/one/body";
import { TestResult } from "./TestResult";

const LINK =
  "inline-flex h-9 items-center rounded-md border border-line bg-surface px-3.5 font-medium hover:bg-sunken";

/** What can be done with a model: ask it, forget its failures, switch it off, use it, look at its requests. */
export function Actions({ model }: { model: Model }) {
  const { t } = useTranslation("models");
  const { t: common } = useTranslation();
  const operator = useMay("operator");
  const test = useTest();
  const reset = useReset();
  const change = useChangeProvider();
  const deployment = model.what === "deployment";
  const { name, enabled, provider } = model;
  const turn = () =>
    change.mutate(
      { id: provider ?? "", change: (body) => switchModel(body, model.model ?? "", !enabled) },
      { onSuccess: () => toast(common("saved")) },
    );
  const asked = deployment ? { provider, model: model.model } : { route: name };
  const rests = model.state?.shut != null || model.state?.accounts.some((one) => one.rests.length > 0);
  return (
    <section aria-label={t("actions")} className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        {operator && deployment && (
          <>
            <Button look="primary" busy={test.isPending} onClick={() => test.mutate(name)}>
              {t("test.go")}
            </Button>
            {rests && (
              <Button
                busy={reset.isPending}
                onClick={() => reset.mutate(name, { onSuccess: () => toast(t("resetDone")) })}
              >
                {t("reset")}
              </Button>
            )}
            {model.owner !== "file" && (
              <Button busy={change.isPending} onClick={turn}>
                {enabled ? t("switchOff") : t("switchOn")}
              </Button>
            )}
          </>
        )}
        {operator && model.kind === "chat" && enabled && (
          <Link to="/playground" search={{ model: name } as never} className={LINK}>
            {t("use")}
          </Link>
        )}
        {operator && deployment && model.owner !== "file" && (
          <Link
            to="/providers/$name"
            params={{ name: provider ?? "" }}
            search={{ model: model.model ?? "" } as never}
            className={LINK}
          >
            {t("edit")}
          </Link>
        )}
        <Link to="/requests" search={asked as never} className={LINK}>
          {t("itsRequests")}
        </Link>
      </div>
      {operator && deployment && model.owner === "file" && (
        <p className="text-sm text-muted">{common("owner.fileHint")}</p>
      )}
      <div aria-live="polite" className="flex flex-col gap-3 empty:hidden">
        {test.data && <TestResult result={test.data} />}
        {test.isError && <ErrorBox error={test.error} />}
        {reset.isError && <ErrorBox error={reset.error} />}
        {change.isError && <ErrorBox error={change.error} />}
      </div>
    </section>
  );
}
