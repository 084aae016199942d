import { useTranslation } from "react-i18next";
import type { ItemChange } from "@/api/versions";
import { Differences } from "@/components/common/Differences";
import { useTerms } from "@/components/common/terms";
import { Badge } from "@/components/ui/Badge";
import { differences } from "@/lib/diff";

/** What became of which items of the configuration. */
export function ItemChanges({ changes }: { changes: ItemChange[] }) {
  const { t } = useTranslation();
  const term = useTerms();
  if (changes.length === 0) return <p className="text-muted">{t("diff.none")}</p>;
  return (
    <ul className="flex flex-col gap-5">
      {changes.map((change) => {
        const was = change.before != null;
        const is = change.after != null;
        return (
          <li key={`${change.kind}/${change.name}`} className="min-w-0">
            <p className="mb-1.5 flex flex-wrap items-center gap-2">
              <Badge>{term("part", change.kind)}</Badge>
              <bdi className="font-medium break-all">{change.name}</bdi>
              {!was && <Badge tone="good">{t("diff.added")}</Badge>}
              {!is && <Badge tone="bad">{t("diff.removed")}</Badge>}
            </p>
            <Differences list={differences(change.before ?? undefined, change.after ?? undefined)} />
          </li>
        );
      })}
    </ul>
  );
}
