import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { KeyShown } from "@/api/keys";
import { CopyButton } from "@/components/common/bits";
import { Button } from "@/components/ui/Button";
import { Dialog } from "@/components/ui/Dialog";

/** A key that was made: shown now and never again. */
export function Revealed({ shown, onClose }: { shown: KeyShown | null; onClose: () => void }) {
  const { t } = useTranslation("keys");
  return (
    <Dialog
      open={shown !== null}
      onClose={onClose}
      title={t("revealed.title", { name: shown?.name ?? "" })}
      footer={
        <Button look="primary" onClick={onClose}>
          {t("revealed.kept")}
        </Button>
      }
    >
      <p className="mb-3">{t("revealed.once")}</p>
      <p className="flex items-center gap-2">
        <code className="min-w-0 flex-1 rounded bg-sunken px-2 py-1.5 font-mono text-xs break-all">
          {shown?.key}
        </code>
        <CopyButton text={shown?.key ?? ""} />
      </p>
      <p className="mt-3">
        <Link to="/guide" className="text-accent underline">
          {t("revealed.guide")}
        </Link>
      </p>
    </Dialog>
  );
}
