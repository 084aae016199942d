import { useQuery } from "@tanstack/react-query";
import { PiggyBank } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ConfigItem } from "@/api/config";
import { limitsQuery } from "@/api/keys";
import type { Per } from "@/components/limits/allowance";
import { LimitMeters } from "@/components/limits/LimitMeter";
import { money } from "@/lib/format";
import { ItemsTab } from "./ItemsTab";

type Budget = { usd?: number; per?: Per; tag?: string };

const budget = ({ body }: ConfigItem) => body as Budget;

/** Budgets of tags and of end users; those of keys and teams stand beside their keys and teams. */
export function BudgetsTab() {
  const { data: limits } = useQuery(limitsQuery);
  return (
    <ItemsTab
      kind="budget"
      icon={<PiggyBank size={28} />}
      about={(item) => <About {...budget(item)} />}
      meters={(item) => {
        const { tag } = budget(item);
        return tag ? <LimitMeters limited limits={limits?.get(`tag ${tag}`) ?? []} /> : <span />;
      }}
    />
  );
}

function About({ usd = 0, per = "month", tag }: Budget) {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  return (
    <>
      {money(usd * 1e9)} {common(`period.${per}`)} ·{" "}
      {tag ? t("budgets.tagged", { tag }) : t("budgets.eachUser")}
    </>
  );
}
