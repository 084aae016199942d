import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useTranslation } from "react-i18next";
import { configQuery } from "@/api/config";
import { type Version, versionsQuery } from "@/api/versions";
import { When } from "@/components/common/bits";
import { Page } from "@/components/common/Page";
import { Empty, ErrorBox, Skeleton } from "@/components/common/states";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { useUrlState } from "@/hooks/useUrlState";
import { cx } from "@/lib/cx";
import { under } from "@/lib/url";
import { VersionDetail } from "./VersionDetail";

/** Every version that the configuration had: who made it, what changed, and the way back. */
export function HistoryPage() {
  const { t } = useTranslation("history");
  const { t: common } = useTranslation();
  const [{ version }, put] = useUrlState({ version: "" });
  const list = useInfiniteQuery(versionsQuery);
  const { data: state } = useQuery(configQuery);
  const versions = list.data?.pages.flatMap((page) => page.items) ?? [];
  const chosen = Number(version) || versions[0]?.version;
  return (
    <Page
      title={t("title")}
      about={t("about")}
      actions={
        <a
          href={under("api/v1/config/export")}
          download="wye.yaml"
          className="inline-flex h-9 items-center gap-1.5 rounded-md border border-line bg-surface px-3.5 font-medium hover:bg-sunken"
        >
          <Download size={16} aria-hidden="true" />
          {t("export")}
        </a>
      }
    >
      {list.isError && <ErrorBox error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <Skeleton />}
      {list.isSuccess && versions.length === 0 && (
        <Card>
          <Empty title={t("empty.title")}>{t("empty.text")}</Empty>
        </Card>
      )}
      {chosen !== undefined && versions.length > 0 && (
        <div className="grid items-start gap-4 lg:grid-cols-[22rem_1fr]">
          <Card flush>
            <ul className="max-h-[70dvh] divide-y divide-line overflow-y-auto">
              {versions.map((one) => (
                <Entry
                  key={one.version}
                  version={one}
                  now={one.version === state?.version}
                  open={one.version === chosen}
                  onOpen={() => put({ version: String(one.version) })}
                />
              ))}
              {list.hasNextPage && (
                <li className="p-2">
                  <Button
                    small
                    look="quiet"
                    className="w-full"
                    busy={list.isFetchingNextPage}
                    onClick={() => void list.fetchNextPage()}
                  >
                    {common("more")}
                  </Button>
                </li>
              )}
            </ul>
          </Card>
          <VersionDetail key={chosen} version={chosen} now={state?.version} />
        </div>
      )}
    </Page>
  );
}

function Entry({
  version,
  now,
  open,
  onOpen,
}: {
  version: Version;
  now: boolean;
  open: boolean;
  onOpen: () => void;
}) {
  const { t } = useTranslation("history");
  const term = useTerms();
  return (
    <li>
      <button
        type="button"
        aria-current={open || undefined}
        onClick={onOpen}
        className={cx("block w-full px-4 py-2.5 text-left hover:bg-sunken", open && "bg-accent-soft")}
      >
        <span className="flex items-center gap-2">
          <span className="num font-medium">{t("version", { number: version.version })}</span>
          {now && <Badge tone="good">{t("inForce")}</Badge>}
        </span>
        <span className="block truncate text-sm text-muted">
          <bdi>{version.author}</bdi> · <When ms={version.at_ms} />
        </span>
        <span dir="auto" className="block truncate text-sm">
          {version.note ||
            version.changes.map((change) => `${term("part", change.kind)} ${change.name}`).join(", ")}
        </span>
      </button>
    </li>
  );
}
