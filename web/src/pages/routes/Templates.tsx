import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { configQuery } from "@/api/config";
import { templatesQuery, useAddTemplate } from "@/api/routes";
import { Code } from "@/components/common/bits";
import { ErrorBox, Loaded } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { useMeaning } from "@/lib/meaning";

/** Ready sets of routes, added in one step. */
export function Templates({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation("routes");
  const { t: common } = useTranslation();
  const { text } = useMeaning();
  const templates = useQuery({ ...templatesQuery, enabled: open });
  const { data: state } = useQuery(configQuery);
  const add = useAddTemplate();
  return (
    <Dialog open={open} onClose={onClose} wide title={t("templates.title")}>
      <p className="mb-4 text-muted">{t("templates.about")}</p>
      {add.isError && <ErrorBox error={add.error} />}
      <Loaded query={templates}>
        {(list) => (
          <ul className="flex flex-col gap-5">
            {list.map((template) => (
              <li key={template.name}>
                <div className="mb-1 flex flex-wrap items-center justify-between gap-2">
                  <h3 className="font-medium">{template.name}</h3>
                  <Button
                    small
                    busy={add.isPending && add.variables.name === template.name}
                    onClick={() =>
                      add.mutate(
                        { name: template.name, base: state?.version },
                        {
                          onSuccess: () => {
                            onClose();
                            toast(t("templates.added", { list: template.routes.join(", ") }));
                          },
                        },
                      )
                    }
                  >
                    {common("add")}
                  </Button>
                </div>
                <p className="mb-2 text-muted">{text(template.about)}</p>
                <Code label={template.name}>{template.text}</Code>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Dialog>
  );
}
