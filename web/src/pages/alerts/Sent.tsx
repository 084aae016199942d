import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Alert } from "@/api/alerts";
import { MatterText } from "@/components/advice/MatterText";
import { useSentence } from "@/components/advice/words";
import { Facts, When } from "@/components/common/bits";
import { type Column, DataTable } from "@/components/common/DataTable";
import { Empty } from "@/components/common/states";
import { Badge, type Tone } from "@/components/ui/Badge";
import { Card } from "@/components/ui/Card";
import { Dialog } from "@/components/ui/Dialog";
import { useUrlState } from "@/hooks/useUrlState";
import { UNKNOWN, whole } from "@/lib/format";
import { moment } from "@/lib/time";
import { useAlertWords } from "./words";

const STATE: Record<string, Tone> = { raised: "bad", still: "warn", resolved: "good", test: "info" };
const OUTCOME: Record<string, Tone> = { delivered: "good", failed: "bad", waiting: "warn" };

type Rows = [ReactNode, ReactNode][];

type Props = {
  rows: Alert[];
  /** Whether anybody is told now. */
  enabled: boolean;
  more: { has: boolean; loading: boolean; load: () => void };
};

/** What was sent, and whether it arrived. */
export function Sent({ rows, enabled, more }: Props) {
  const { t } = useTranslation("alerts");
  const words = useAlertWords();
  const sentence = useSentence();
  const [{ open }, put] = useUrlState({ open: "" });
  const shown = rows.find(({ id }) => String(id) === open);
  const columns: Column<Alert>[] = [
    { id: "at", title: t("col.at"), width: "6rem", cell: (row) => <When ms={row.at_ms} /> },
    {
      id: "state",
      title: t("col.state"),
      width: "6.5rem",
      cell: (row) => (
        <span className="flex items-center gap-1.5">
          <Badge tone={STATE[row.state]}>{words("state", row.state)}</Badge>
          {row.outcome !== "delivered" && (
            // Narrow windows have no room for the outcome, but for this.
            <TriangleAlert
              size={14}
              role="img"
              aria-label={words("outcome", row.outcome)}
              className="shrink-0 text-bad lg:hidden"
            />
          )}
        </span>
      ),
    },
    {
      id: "severity",
      title: t("col.severity"),
      width: "7rem",
      wide: true,
      cell: (row) => words("severity", row.severity),
    },
    {
      id: "message",
      title: t("col.message"),
      width: "minmax(5rem,1fr)",
      cell: (row) => {
        const text = sentence(row, row.at_ms);
        return (
          <bdi title={text ?? row.message} lang={text === null ? "en" : undefined}>
            {text ?? (row.message || row.subject)}
          </bdi>
        );
      },
    },
    {
      id: "outcome",
      title: t("col.outcome"),
      width: "6.5rem",
      wide: true,
      cell: (row) => <Badge tone={OUTCOME[row.outcome]}>{words("outcome", row.outcome)}</Badge>,
    },
  ];
  return (
    <Card flush title={t("sent.title")}>
      <DataTable
        label={t("sent.title")}
        columns={columns}
        rows={rows}
        id={(row) => String(row.id)}
        onOpen={(row) => put({ open: String(row.id) })}
        current={open || null}
        more={more}
        empty={<Empty title={t("sent.none")}>{enabled ? t("sent.noneText") : undefined}</Empty>}
      />
      <Dialog
        open={shown !== undefined}
        onClose={() => put({ open: "" })}
        title={shown ? <bdi>{shown.subject || words("state", shown.state)}</bdi> : ""}
      >
        {shown && (
          <>
            <div className="mb-4">
              <MatterText of={shown} at={shown.at_ms} />
            </div>
            <Facts
              rows={[
                [t("col.at"), moment(shown.at_ms)],
                [
                  t("col.state"),
                  <Badge key="s" tone={STATE[shown.state]}>
                    {words("state", shown.state)}
                  </Badge>,
                ],
                [t("col.severity"), words("severity", shown.severity)],
                [
                  t("col.kind"),
                  <code key="k" className="font-mono text-xs">
                    {shown.kind}
                  </code>,
                ],
                [
                  t("col.outcome"),
                  <Badge key="o" tone={OUTCOME[shown.outcome]}>
                    {words("outcome", shown.outcome)}
                  </Badge>,
                ],
                ...(shown.why ? ([[t("col.why"), <bdi key="w">{shown.why}</bdi>]] as Rows) : []),
                [t("col.status"), shown.status ?? UNKNOWN],
                [t("col.attempts"), whole(shown.attempts)],
              ]}
            />
          </>
        )}
      </Dialog>
    </Card>
  );
}
