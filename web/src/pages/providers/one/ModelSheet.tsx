import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { schemaQuery } from "@/api/config";
import { Problem } from "@/api/problem";
import { type Body, type Provider, useChangeProvider } from "@/api/providers";
import { ErrorBox } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import type { Tree } from "@/lib/path";
import { Allowed } from "./Allowed";
import { chosen, hasModel, modelsOf, removeModel, sayOfModel } from "./body";
import { Finer, Settings } from "./Finer";
import { modelSchema } from "./schema";

const SIZES = ["context", "output_limit"];

/** What configuration says of one model: limits, prices that stand instead of the catalogue's, sizes, abilities. */
export function ModelSheet({
  provider,
  body,
  model,
  onClose,
}: {
  provider: Provider;
  body: Body;
  model: string;
  onClose: () => void;
}) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const form = useId();
  const { data: whole } = useQuery(schemaQuery("provider"));
  const schema = modelSchema(whole);
  const named = modelsOf(body);
  const [said, setSaid] = useState<Tree>(() => named.find(({ id }) => id === model)?.said ?? {});
  const change = useChangeProvider();
  const wrong = (field: string) => {
    if (!(change.error instanceof Problem)) return undefined;
    return [...change.error.fields].find(([at]) => at.endsWith(`.${field}`))?.[1];
  };
  const done = () => {
    toast(common("saved"));
    onClose();
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ id: provider.id, change: (now) => sayOfModel(now, model, said) }, { onSuccess: done });
  };
  const fields = { schema, body: said, onBody: setSaid, wrong };
  return (
    <Dialog
      open
      kind="sheet"
      onClose={onClose}
      title={<bdi>{model}</bdi>}
      footer={
        <>
          {hasModel(named, model) && (
            <Button
              look="danger"
              className="mr-auto"
              onClick={() =>
                change.mutate(
                  { id: provider.id, change: (now) => removeModel(now, model) },
                  { onSuccess: done },
                )
              }
            >
              {t("models.remove")}
            </Button>
          )}
          <Button onClick={onClose}>{common("cancel")}</Button>
          <Button type="submit" form={form} look="primary" busy={change.isPending}>
            {common("save")}
          </Button>
        </>
      }
    >
      <form id={form} onSubmit={send} className="flex flex-col gap-5">
        {!chosen(named) && <p className="text-warn">{t("models.narrows")}</p>}
        <Allowed name="limits" body={said} onBody={setSaid} wrong={wrong} />
        <fieldset className="min-w-0">
          <legend className="font-medium">{t("models.prices")}</legend>
          <p className="mb-2 text-sm text-muted">{t("models.pricesHint")}</p>
          <div className="grid gap-3 sm:grid-cols-2">
            <Settings names={["price"]} {...fields} />
          </div>
        </fieldset>
        <Settings names={SIZES} {...fields} />
        <Finer {...fields} />
        {change.isError && <ErrorBox error={change.error} />}
      </form>
    </Dialog>
  );
}
