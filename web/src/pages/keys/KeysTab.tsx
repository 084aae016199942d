import { useQuery } from "@tanstack/react-query";
import { KeyRound, Plus } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Key, type KeyShown, keysQuery, limitsQuery } from "@/api/keys";
import { useMay } from "@/api/session";
import { Empty, Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Card } from "@/components/ui/Card";
import { Input } from "@/components/ui/Field";
import { useUrlState } from "@/hooks/useUrlState";
import { KeyEditor } from "./KeyEditor";
import { KeyRow } from "./KeyRow";
import { Revealed } from "./Revealed";

/** Client keys, with what is left of their limits. */
export function KeysTab() {
  const { t } = useTranslation("keys");
  const { t: common } = useTranslation();
  const keys = useQuery(keysQuery);
  const { data: limits } = useQuery(limitsQuery);
  const may = useMay("operator");
  const [{ find }, put] = useUrlState({ find: "" });
  const [edited, setEdited] = useState<Key | "new" | null>(null);
  const [shown, setShown] = useState<KeyShown | null>(null);
  const make = may && (
    <Button look="primary" icon={<Plus size={16} />} onClick={() => setEdited("new")}>
      {t("make")}
    </Button>
  );
  const wanted = (key: Key) =>
    [key.name, key.owner, key.team].some((text) => text?.toLowerCase().includes(find.toLowerCase()));
  return (
    <>
      <div className="mb-3 flex flex-wrap justify-between gap-2">
        <Input
          type="search"
          className="w-64"
          aria-label={common("search")}
          placeholder={t("find")}
          value={find}
          onChange={(event) => put({ find: event.target.value })}
        />
        {make}
      </div>
      <Loaded query={keys}>
        {(list) =>
          list.length === 0 ? (
            <Card>
              <Empty icon={<KeyRound size={28} />} title={t("empty.title")} action={make}>
                {t("empty.text")}
              </Empty>
            </Card>
          ) : (
            <Card flush>
              <ul className="divide-y divide-line">
                {list.filter(wanted).map((key) => (
                  <KeyRow
                    key={key.name}
                    item={key}
                    limits={limits?.get(`key ${key.name}`)}
                    onEdit={may && !key.in_file ? () => setEdited(key) : undefined}
                    onShown={setShown}
                  />
                ))}
              </ul>
            </Card>
          )
        }
      </Loaded>
      {edited && (
        <KeyEditor
          item={edited === "new" ? null : edited}
          onClose={() => setEdited(null)}
          onShown={setShown}
        />
      )}
      <Revealed shown={shown} onClose={() => setShown(null)} />
    </>
  );
}
