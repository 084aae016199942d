import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { type Kind, type Read, readItem } from "@/api/config";
import { Differences } from "@/components/common/Differences";
import { Loaded } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";
import { differences } from "@/lib/diff";

/**
 * Two people edited one thing. What the other one changed and what the reader changed are shown, each against what both
 * began with; the reader decides. Nothing of either is lost meanwhile.
 */
export function Conflict({
  kind,
  name,
  before,
  mine,
  onMine,
  onTheirs,
  onClose,
}: {
  kind: Kind;
  name: string;
  /** What the reader began with. */
  before: unknown;
  /** What the reader made of it. */
  mine: unknown;
  /** Saves the reader's over what there is now. */
  onMine: (now: Read) => void;
  /** Drops the reader's. */
  onTheirs: (now: Read) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const now = useQuery({
    queryKey: ["conflict", kind, name],
    queryFn: () => readItem(kind, name),
    staleTime: 0,
    gcTime: 0,
  });
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t("conflict.title")}
      footer={
        <>
          <Button onClick={onClose}>{t("conflict.back")}</Button>
          <Button disabled={!now.data} onClick={() => now.data && onTheirs(now.data)}>
            {t("conflict.theirs")}
          </Button>
          <Button look="primary" disabled={!now.data} onClick={() => now.data && onMine(now.data)}>
            {t("conflict.mine")}
          </Button>
        </>
      }
    >
      <p className="mb-4 text-muted">{t("conflict.text")}</p>
      <Loaded query={now}>
        {({ item }) => (
          <div className="grid gap-4 md:grid-cols-2">
            <section>
              <h3 className="mb-2 font-medium">{t("conflict.theirChange")}</h3>
              <Differences list={differences(before, item?.body)} />
            </section>
            <section>
              <h3 className="mb-2 font-medium">{t("conflict.myChange")}</h3>
              <Differences list={differences(before, mine)} />
            </section>
          </div>
        )}
      </Loaded>
    </Dialog>
  );
}
