import { useQuery } from "@tanstack/react-query";
import { PiggyBank, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ConfigItem, itemsQuery } from "@/api/config";
import { limitsQuery } from "@/api/keys";
import { useMay } from "@/api/session";
import { Empty, Loaded } from "@/components/common/states";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { money } from "@/lib/format";
import { ItemEditor } from "./ItemEditor";

/** Budgets of tags and of end users; those of keys and teams stand beside their keys and teams. */
export function BudgetsTab() {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const budgets = useQuery(itemsQuery("budget"));
  const { data: limits } = useQuery(limitsQuery);
  const may = useMay("operator");
  const [edited, setEdited] = useState<ConfigItem | "new" | null>(null);
  const make = may && (
    <Button look="primary" icon={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("budgets.make")}
    </Button>
  );
  return (
    <>
      <div className="mb-3 flex justify-end">{make}</div>
      <Loaded query={budgets}>
        {(list) =>
          list.length === 0 ? (
            <Card>
              <Empty icon={<PiggyBank size={28} />} title={t("budgets.none")} action={make}>
                {t("budgets.about")}
              </Empty>
            </Card>
          ) : (
            <Card flush>
              <ul className="divide-y divide-line">
                {list.map((budget) => {
                  const body = budget.body as {
                    usd?: number;
                    per?: "day" | "week" | "month" | "total";
                    tag?: string;
                  };
                  return (
                    <li
                      key={budget.name}
                      className="grid gap-x-6 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(14rem,22rem)_auto]"
                    >
                      <div className="min-w-0">
                        <p className="flex flex-wrap items-center gap-2">
                          <bdi className="truncate font-medium">{budget.name}</bdi>
                          {budget.owner === "file" && <Badge>{common("owner.file")}</Badge>}
                        </p>
                        <p className="num text-sm text-muted">
                          {money((body.usd ?? 0) * 1e9)} {common(`period.${body.per ?? "month"}`)} ·{" "}
                          {body.tag ? t("budgets.tagged", { tag: body.tag }) : t("budgets.eachUser")}
                        </p>
                      </div>
                      {body.tag ? <LimitMeters limits={limits?.get(`tag ${body.tag}`) ?? []} /> : <span />}
                      {may && budget.owner !== "file" && (
                        <Button small onClick={() => setEdited(budget)}>
                          {common("edit")}
                        </Button>
                      )}
                    </li>
                  );
                })}
              </ul>
            </Card>
          )
        }
      </Loaded>
      {edited && (
        <ItemEditor kind="budget" item={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </>
  );
}
