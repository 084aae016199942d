import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type PeriodName, period } from "@/api/statistics";
import { Page } from "@/components/common/Page";
import { PeriodPicker } from "@/components/common/PeriodPicker";
import { useNow } from "@/hooks/useNow";
import { usePhone } from "@/hooks/usePhone";
import { useUrlState } from "@/hooks/useUrlState";
import { choice } from "@/lib/choice";
import { StartHere } from "@/pages/welcome/StartHere";
import { AdviceCards, UrgentAdvice } from "./AdviceCards";
import { Degraded } from "./Degraded";
import { Deployments } from "./Deployments";
import { Figures } from "./Figures";
import { FlowCard } from "./FlowCard";
import { LiveCard } from "./LiveCard";
import { OverTime } from "./OverTime";
import { Shares } from "./Shares";

const NAMES: PeriodName[] = ["1h", "24h", "7d", "30d"];

/** How it goes: figures against the period before, how it went over time, what needs a person, and the requests as they end. */
export function OverviewPage() {
  const { t } = useTranslation(["overview", "charts"]);
  const [state, put] = useUrlState({ last: "24h" });
  const phone = usePhone();
  const last = choice(state.last, NAMES, "24h");
  const minute = Math.floor(useNow(15_000) / 60_000) * 60_000;
  const now = useMemo(() => period(last, minute), [last, minute]);
  return (
    <Page
      title={t("title")}
      actions={<PeriodPicker names={NAMES} value={last} onChange={(name) => put({ last: name })} />}
    >
      <StartHere />
      <Degraded />
      {/* On a phone the column beside the charts stands below them: too far down for what cannot wait. */}
      {phone && <UrgentAdvice />}
      <Figures period={now} nowMs={minute} />
      <div className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_26rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <OverTime period={now} />
          <FlowCard period={now} />
          <LiveCard />
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <AdviceCards rest={phone} />
          <Deployments />
          <Shares by="deployment" period={now} since={last} />
          <Shares by="category" period={now} since={last} />
        </div>
      </div>
    </Page>
  );
}
