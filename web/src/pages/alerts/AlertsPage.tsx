import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Bell, Send, SlidersHorizontal } from "lucide-react";
import { useTranslation } from "react-i18next";
import { alertsQuery, useTestAlert } from "@/api/alerts";
import { useMay } from "@/api/session";
import { settingsQuery } from "@/api/settings";
import { Page } from "@/components/common/Page";
import { Empty, ErrorBox, Skeleton } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { useUrlState } from "@/hooks/useUrlState";
import { AlertSettings } from "./AlertSettings";
import { Sent } from "./Sent";
import { TestResult } from "./TestResult";
import { Where } from "./Where";

/** Who is told outside of the console when something needs a person, and what they were told. */
export function AlertsPage() {
  const { t } = useTranslation("alerts");
  const alerts = useInfiniteQuery(alertsQuery);
  const { data: settings } = useQuery(settingsQuery);
  const may = useMay("operator");
  const [{ edit }, put] = useUrlState({ edit: "" });
  const test = useTestAlert();
  const now = alerts.data?.pages[0];
  const rows = alerts.data?.pages.flatMap((page) => page.items) ?? [];
  const own = settings?.items.filter(({ path }) => path.startsWith("alerts.")) ?? [];
  const editable = own.length > 0 && own.every((setting) => setting.editable);
  const change = may && editable;
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        now && (
          <>
            {may && now.enabled && (
              <Button icon={<Send size={16} />} busy={test.isPending} onClick={() => test.mutate()}>
                {t("test.go")}
              </Button>
            )}
            {change && now.enabled && (
              <Button icon={<SlidersHorizontal size={16} />} onClick={() => put({ edit: "yes" })}>
                {t("change")}
              </Button>
            )}
          </>
        )
      }
    >
      <div aria-live="polite" className="flex flex-col gap-3 empty:hidden">
        {test.data && <TestResult result={test.data} />}
        {test.isError && <ErrorBox error={test.error} />}
      </div>
      {alerts.isError && <ErrorBox error={alerts.error} retry={() => void alerts.refetch()} />}
      {alerts.isPending && <Skeleton lines={8} />}
      {now && (
        <>
          {now.enabled ? (
            <Where alerts={now} settings={own} />
          ) : (
            <Nowhere onChange={change ? () => put({ edit: "yes" }) : undefined} inFile={may && !editable} />
          )}
          {(now.enabled || rows.length > 0) && (
            <Sent
              rows={rows}
              enabled={now.enabled}
              more={{
                has: alerts.hasNextPage,
                loading: alerts.isFetchingNextPage,
                load: () => void alerts.fetchNextPage(),
              }}
            />
          )}
        </>
      )}
      {change && edit && <AlertSettings to={now?.to ?? null} onClose={() => put({ edit: "" })} />}
    </Page>
  );
}

/** Nobody is told anything yet. */
function Nowhere({ onChange, inFile }: { onChange?: () => void; inFile: boolean }) {
  const { t } = useTranslation("alerts");
  const { t: common } = useTranslation();
  return (
    <Card>
      <Empty
        icon={<Bell size={28} />}
        title={t("off.title")}
        action={
          onChange && (
            <Button look="primary" onClick={onChange}>
              {t("off.go")}
            </Button>
          )
        }
      >
        {t("off.text")}
        {inFile && <p className="mt-2">{common("owner.fileHint")}</p>}
      </Empty>
    </Card>
  );
}
