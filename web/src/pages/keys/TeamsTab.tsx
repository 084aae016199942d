import { useQuery } from "@tanstack/react-query";
import { Plus, UsersRound } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type ConfigItem, itemsQuery } from "@/api/config";
import { keysQuery, limitsQuery } from "@/api/keys";
import { useMay } from "@/api/session";
import { Empty, Loaded } from "@/components/common/states";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { ItemEditor } from "./ItemEditor";

/** Teams: limits and budgets that several keys share. */
export function TeamsTab() {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const teams = useQuery(itemsQuery("team"));
  const { data: keys } = useQuery(keysQuery);
  const { data: limits } = useQuery(limitsQuery);
  const may = useMay("operator");
  const [edited, setEdited] = useState<ConfigItem | "new" | null>(null);
  const make = may && (
    <Button look="primary" icon={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("teams.make")}
    </Button>
  );
  const members = (team: string) => (keys ?? []).filter((key) => key.team === team).length;
  return (
    <>
      <div className="mb-3 flex justify-end">{make}</div>
      <Loaded query={teams}>
        {(list) =>
          list.length === 0 ? (
            <Card>
              <Empty icon={<UsersRound size={28} />} title={t("teams.none")} action={make}>
                {t("teams.about")}
              </Empty>
            </Card>
          ) : (
            <Card flush>
              <ul className="divide-y divide-line">
                {list.map((team) => (
                  <li
                    key={team.name}
                    className="grid gap-x-6 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(14rem,22rem)_auto]"
                  >
                    <div className="min-w-0">
                      <p className="flex flex-wrap items-center gap-2">
                        <bdi className="truncate font-medium">{team.name}</bdi>
                        {team.owner === "file" && <Badge>{common("owner.file")}</Badge>}
                      </p>
                      <p className="text-sm text-muted">{t("teams.keys", { count: members(team.name) })}</p>
                    </div>
                    <LimitMeters limits={limits?.get(`team ${team.name}`) ?? []} />
                    {may && team.owner !== "file" && (
                      <Button small onClick={() => setEdited(team)}>
                        {common("edit")}
                      </Button>
                    )}
                  </li>
                ))}
              </ul>
            </Card>
          )
        }
      </Loaded>
      {edited && (
        <ItemEditor kind="team" item={edited === "new" ? null : edited} onClose={() => setEdited(null)} />
      )}
    </>
  );
}
