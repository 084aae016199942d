import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { statusQuery } from "@/api/status";
import { CopyButton, Facts } from "@/components/common/bits";
import { Loaded } from "@/components/common/states";
import { Card } from "@/components/ui/Card";
import { duration, whole } from "@/lib/format";

/** What runs here. */
export function StatusCard() {
  const { t } = useTranslation("settings");
  const status = useQuery(statusQuery);
  return (
    <Card title={t("status.title")}>
      <Loaded query={status}>
        {({ version, node, database, uptime_ms, config_version, config }) => (
          <Facts
            rows={[
              [t("status.version"), version],
              [t("status.node"), <bdi key="node">{node}</bdi>],
              [t("status.database"), database],
              [t("status.uptime"), duration(uptime_ms)],
              [t("status.config"), whole(config_version)],
              [
                t("status.hash"),
                <span key="hash" className="flex items-center gap-1">
                  <code className="min-w-0 font-mono text-xs break-all">{config}</code>
                  <CopyButton text={config} />
                </span>,
              ],
            ]}
          />
        )}
      </Loaded>
    </Card>
  );
}
