import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type RequestRow, requestQuery, traceQuery } from "@/api/requests";
import { useMay } from "@/api/session";
import { CopyButton } from "@/components/common/bits";
import { Empty, Loaded } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Dialog } from "@/components/ui/Dialog";
import { Tabs } from "@/components/ui/Tabs";
import { BodiesTab } from "./BodiesTab";
import { ConversationTab } from "./ConversationTab";
import { State } from "./columns";
import { DecisionTab } from "./DecisionTab";
import { LedgerTab } from "./LedgerTab";
import { SummaryTab } from "./SummaryTab";
import { Waterfall } from "./Waterfall";

/** Everything about one request. */
export function RequestDrawer({
  id,
  view,
  onView,
  onClose,
}: {
  id: string | null;
  view: string;
  onView: (view: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("requests");
  return (
    <Dialog open={id !== null} onClose={onClose} kind="sheet" wide title={t("request")}>
      {id && <Content key={id} id={id} view={view} onView={onView} />}
    </Dialog>
  );
}

function Content({ id, view, onView }: { id: string; view: string; onView: (view: string) => void }) {
  const { t } = useTranslation("requests");
  const whole = useQuery(requestQuery(id));
  const trace = useQuery({ ...traceQuery(id), enabled: whole.isSuccess });
  // What was said is for who may see bodies.
  const may = useMay("operator");
  return (
    <Loaded query={whole} lines={8}>
      {({ request, bodies }) => (
        <div className="flex flex-col gap-5">
          <Head row={request} />
          <Loaded query={trace}>{(found) => found && <Waterfall trace={found} />}</Loaded>
          <Tabs
            label={t("request")}
            value={view}
            onChange={onView}
            tabs={[
              {
                id: "decision",
                label: t("tab.decision"),
                content: (
                  <Loaded query={trace}>
                    {(found) =>
                      found ? <DecisionTab trace={found} /> : <Empty title={t("noDecision.unknown")} />
                    }
                  </Loaded>
                ),
              },
              ...(may
                ? [{ id: "conversation", label: t("tab.conversation"), content: <ConversationTab id={id} /> }]
                : []),
              { id: "ledger", label: t("tab.ledger"), content: <LedgerTab id={id} /> },
              { id: "summary", label: t("tab.summary"), content: <SummaryTab row={request} /> },
              {
                id: "bodies",
                label: t("tab.bodies"),
                content: <BodiesTab row={request} bodies={bodies ?? null} />,
              },
            ]}
          />
        </div>
      )}
    </Loaded>
  );
}

function Head({ row }: { row: RequestRow }) {
  const term = useTerms();
  return (
    <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <State row={row} />
      <p className="min-w-0 text-lg font-medium break-all">
        <bdi>{row.asked}</bdi>
        {row.model && (
          <>
            <span className="text-muted"> → </span>
            <bdi>
              {row.provider}/{row.model}
            </bdi>
          </>
        )}
      </p>
      {row.code && (
        <p className="text-bad">
          {term("code", row.code)} <code className="font-mono text-xs">{row.code}</code>
        </p>
      )}
      <p className="flex items-center text-muted">
        <code className="font-mono text-xs">{row.id}</code>
        <CopyButton text={row.id} />
      </p>
    </header>
  );
}
