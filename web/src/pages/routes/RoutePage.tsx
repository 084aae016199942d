import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { itemQuery } from "@/api/config";
import { useMay } from "@/api/session";
import { Page } from "@/components/common/Page";
import { Loaded } from "@/components/common/states";
import { Badge } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { RouteEditor } from "./editor/RouteEditor";
import { Summary } from "./Summary";
import { TryPanel } from "./TryPanel";

/** One route: its editor, and where a prompt would go by it. */
export function RoutePage() {
  const { t } = useTranslation("routes");
  const { t: common } = useTranslation();
  const { name } = useParams({ from: "/inside/routes/$name" });
  const read = useQuery({ ...itemQuery("route", name), refetchOnWindowFocus: false });
  const may = useMay("operator");
  // Versions that the editor on the page has saved, with the one that it began with: it is not made anew for them, so
  // that what is typed next stays, and the focus where it is.
  const [own, setOwn] = useState<ReadonlyMap<number, number>>(new Map());
  return (
    <Page title={name} about={t("one")}>
      <Loaded query={read}>
        {(found) => {
          const file = found.item?.owner === "file";
          const began = own.get(found.version) ?? found.version;
          return (
            <div className="grid items-start gap-4 xl:grid-cols-[1fr_30rem]">
              {may && !file ? (
                <RouteEditor
                  key={`${name} ${began}`}
                  name={name}
                  read={found}
                  onSaved={(version) => setOwn(new Map(own).set(version, began))}
                />
              ) : (
                <Card title={t("settings")} actions={file && <Badge>{common("owner.file")}</Badge>}>
                  {file && <p className="mb-3 text-muted">{common("owner.fileHint")}</p>}
                  <Summary body={found.item?.body} />
                </Card>
              )}
              {found.item && <TryPanel key={name} route={name} />}
            </div>
          );
        }}
      </Loaded>
    </Page>
  );
}
