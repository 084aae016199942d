import { useQuery } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { type ConfigItem, itemsQuery } from "@/api/config";
import { useMay } from "@/api/session";
import { Empty, Loaded } from "@/components/common/states";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { useUrlState } from "@/hooks/useUrlState";
import { ItemEditor } from "./ItemEditor";

type Props = {
  kind: "team" | "budget";
  /** Stands above the words where there is none yet. */
  icon: ReactNode;
  /** What is said of one, below its name. */
  about: (item: ConfigItem) => ReactNode;
  /** What is left of one. */
  meters: (item: ConfigItem) => ReactNode;
};

/** The teams or the budgets that there are, and the form in which they are made and changed. */
export function ItemsTab({ kind, icon, about, meters }: Props) {
  const { t } = useTranslation("keys");
  const items = useQuery(itemsQuery(kind));
  const may = useMay("operator");
  const [{ make, edit }, put] = useUrlState({ make: "", edit: "" });
  const button = may && (
    <Button look="primary" icon={<Plus size={16} />} onClick={() => put({ make: "yes" })}>
      {t(`${kind}s.make`)}
    </Button>
  );
  const own = items.data?.some(({ name, owner }) => name === edit && owner !== "file");
  return (
    <>
      <div className="mb-3 flex justify-end">{button}</div>
      <Loaded query={items}>
        {(list) =>
          list.length === 0 ? (
            <Card>
              <Empty icon={icon} title={t(`${kind}s.none`)} action={button}>
                {t(`${kind}s.about`)}
              </Empty>
            </Card>
          ) : (
            <Card flush>
              <ul className="divide-y divide-line">
                {list.map((item) => (
                  <Row
                    key={item.name}
                    item={item}
                    about={about(item)}
                    meters={meters(item)}
                    onEdit={may && item.owner !== "file" ? () => put({ edit: item.name }) : undefined}
                  />
                ))}
              </ul>
            </Card>
          )
        }
      </Loaded>
      {may && make && <ItemEditor kind={kind} name={null} onClose={() => put({ make: "" })} />}
      {may && own && <ItemEditor key={edit} kind={kind} name={edit} onClose={() => put({ edit: "" })} />}
    </>
  );
}

function Row({
  item: { name, owner },
  about,
  meters,
  onEdit,
}: {
  item: ConfigItem;
  about: ReactNode;
  meters: ReactNode;
  /** Absent: it cannot be edited here or by this reader. */
  onEdit?: () => void;
}) {
  const { t } = useTranslation();
  return (
    <li className="grid gap-x-6 gap-y-2 px-4 py-3 md:grid-cols-[minmax(0,1fr)_minmax(14rem,22rem)_auto]">
      <div className="min-w-0">
        <p className="flex flex-wrap items-center gap-2">
          <bdi className="truncate font-medium">{name}</bdi>
          {owner === "file" && (
            <span title={t("owner.fileHint")}>
              <Badge>{t("owner.file")}</Badge>
            </span>
          )}
        </p>
        <div className="num text-sm text-muted">{about}</div>
      </div>
      {meters}
      {onEdit && (
        <Button small className="justify-self-end" aria-label={t("editOne", { name })} onClick={onEdit}>
          {t("edit")}
        </Button>
      )}
    </li>
  );
}
