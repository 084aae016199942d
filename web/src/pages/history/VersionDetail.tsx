import { useQuery } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { diffQuery, useRollback, versionQuery } from "@/api/versions";
import { ErrorBox, Loaded } from "@/components/common/states";
import { toast } from "@/components/common/Toasts";
import { ItemChanges } from "@/components/config/ItemChanges";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Confirm } from "@/components/ui/Confirm";
import { Segmented } from "@/components/ui/Segmented";
import { moment } from "@/lib/time";

/** A version: what changed with it, or what differs between it and now; and the way back to it. */
export function VersionDetail({ version, now }: { version: number; now: number | undefined }) {
  const { t } = useTranslation("history");
  const [against, setAgainst] = useState<"before" | "now">("before");
  const [asked, setAsked] = useState(false);
  const detail = useQuery(versionQuery(version));
  const diff = useQuery({
    ...diffQuery(version, now ?? version),
    enabled: against === "now" && now !== undefined,
  });
  const back = useQuery({
    ...diffQuery(now ?? version, version),
    enabled: asked && now !== undefined,
  });
  const rollback = useRollback();
  const may = useMay("operator");
  const old = now !== undefined && version !== now;
  const goBack = () =>
    rollback.mutate(
      { to: version, base: now },
      {
        onSuccess: (state) => {
          setAsked(false);
          toast(t("rolledBack", { to: version, version: state.version }));
        },
      },
    );
  return (
    <Card
      title={t("version", { number: version })}
      actions={
        <>
          {old && (
            <Segmented
              label={t("compare")}
              value={against}
              onChange={setAgainst}
              options={[
                { value: "before", label: t("against.before") },
                { value: "now", label: t("against.now") },
              ]}
            />
          )}
          {old && may && (
            <Button small icon={<RotateCcw size={14} />} onClick={() => setAsked(true)}>
              {t("rollback")}
            </Button>
          )}
        </>
      }
    >
      {against === "before" ? (
        <Loaded query={detail}>
          {(whole) => (
            <>
              <p className="mb-4 text-muted">
                <bdi>{whole.author}</bdi> · {moment(whole.at_ms)} ·{" "}
                <code className="font-mono text-xs">{whole.hash.slice(0, 12)}</code>
              </p>
              {whole.note && (
                <p dir="auto" className="mb-4">
                  {whole.note}
                </p>
              )}
              <ItemChanges changes={whole.changes} />
            </>
          )}
        </Loaded>
      ) : (
        <Loaded query={diff}>{({ changes }) => <ItemChanges changes={changes} />}</Loaded>
      )}
      <Confirm
        open={asked}
        title={t("ask.title", { number: version })}
        doing={t("rollback")}
        busy={rollback.isPending}
        onConfirm={goBack}
        onClose={() => setAsked(false)}
      >
        <p>{t("ask.text")}</p>
        <p className="mt-3 mb-2 font-medium">{t("ask.changes")}</p>
        <Loaded query={back}>{({ changes }) => <ItemChanges changes={changes} />}</Loaded>
        {rollback.isError && <ErrorBox error={rollback.error} />}
      </Confirm>
    </Card>
  );
}
