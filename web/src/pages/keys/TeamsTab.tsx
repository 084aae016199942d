import { useQuery } from "@tanstack/react-query";
import { UsersRound } from "lucide-react";
import { useTranslation } from "react-i18next";
import { keysQuery, limitsQuery, type Settings } from "@/api/keys";
import { isLimited } from "@/components/limits/allowance";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { UNKNOWN } from "@/lib/format";
import { ItemsTab } from "./ItemsTab";

/** Teams: limits, budgets and scopes that several keys share. */
export function TeamsTab() {
  const { t } = useTranslation("keys");
  const { data: keys } = useQuery(keysQuery);
  const { data: limits } = useQuery(limitsQuery);
  const members = (team: string) =>
    keys ? t("teams.keys", { count: keys.filter((key) => key.team === team).length }) : UNKNOWN;
  return (
    <ItemsTab
      kind="team"
      icon={<UsersRound size={28} />}
      about={({ name }) => members(name)}
      meters={({ name, body }) => (
        <LimitMeters limits={limits?.get(`team ${name}`) ?? []} limited={isLimited(body as Settings)} />
      )}
    />
  );
}
