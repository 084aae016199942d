import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { GitFork, LayoutTemplate, Plus } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { itemsQuery } from "@/api/config";
import type { RouteItem } from "@/api/routes";
import { useMay } from "@/api/session";
import { Page } from "@/components/common/Page";
import { StrategyName } from "@/components/common/StrategyName";
import { Empty, Loaded } from "@/components/common/states";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Dialog } from "@/components/ui/Dialog";
import { Field, Input } from "@/components/ui/Field";
import { isTree } from "@/lib/path";
import { Templates } from "./Templates";
import { TryPanel } from "./TryPanel";

/** The names that clients may send as model, and what they mean. */
export function RoutesPage() {
  const { t } = useTranslation("routes");
  const routes = useQuery(itemsQuery("route"));
  const may = useMay("operator");
  const [open, setOpen] = useState<"new" | "templates" | null>(null);
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        may && (
          <>
            <Button icon={<LayoutTemplate size={16} />} onClick={() => setOpen("templates")}>
              {t("templates.title")}
            </Button>
            <Button look="primary" icon={<Plus size={16} />} onClick={() => setOpen("new")}>
              {t("make")}
            </Button>
          </>
        )
      }
    >
      <div className="grid items-start gap-4 xl:grid-cols-[1fr_30rem]">
        <Card flush>
          <Loaded query={routes}>
            {(list) =>
              list.length === 0 ? (
                <Empty
                  icon={<GitFork size={28} />}
                  title={t("empty.title")}
                  action={may && <Button onClick={() => setOpen("templates")}>{t("templates.title")}</Button>}
                >
                  {t("empty.text")}
                </Empty>
              ) : (
                <ul className="divide-y divide-line">
                  {list.map((route) => (
                    <Row key={route.name} route={route} />
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Card>
        <TryPanel />
      </div>
      <NewRoute open={open === "new"} onClose={() => setOpen(null)} />
      <Templates open={open === "templates"} onClose={() => setOpen(null)} />
    </Page>
  );
}

const nameOf = (target: unknown): string =>
  isTree(target) ? String(target.deployment ?? target.route ?? target.select ?? "") : String(target);

function Row({ route }: { route: RouteItem }) {
  const { t } = useTranslation();
  const body = isTree(route.body) ? route.body : {};
  const targets = Array.isArray(body.targets) ? body.targets : [];
  return (
    <li>
      <Link to="/routes/$name" params={{ name: route.name }} className="block px-4 py-3 hover:bg-sunken">
        <span className="flex flex-wrap items-center gap-2">
          <bdi className="font-medium">{route.name}</bdi>
          <StrategyName word={String(body.strategy ?? "ordered")} />
          {route.owner === "file" && <Badge>{t("owner.file")}</Badge>}
        </span>
        <span className="mt-1 flex flex-wrap gap-x-2 gap-y-0.5 text-sm text-muted">
          {targets.slice(0, 6).map((target, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a target may stand twice, and the list does not move
            <bdi key={index}>
              {index > 0 && "· "}
              {nameOf(target)}
            </bdi>
          ))}
          {targets.length > 6 && <span>+{targets.length - 6}</span>}
        </span>
      </Link>
    </li>
  );
}

function NewRoute({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation("routes");
  const { t: common } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const send = (event: FormEvent) => {
    event.preventDefault();
    void navigate({ to: "/routes/$name", params: { name: name.trim() } });
  };
  return (
    <Dialog open={open} onClose={onClose} title={t("make")}>
      <form onSubmit={send} className="flex flex-col gap-4">
        <Field label={t("name")} hint={t("nameHint")}>
          <Input required autoFocus value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Button type="submit" look="primary" className="self-end">
          {common("continue")}
        </Button>
      </form>
    </Dialog>
  );
}
