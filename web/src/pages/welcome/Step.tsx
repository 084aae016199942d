import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { Button } from "@/components/ui/Button";
import { cx } from "@/lib/cx";
import { whole } from "@/lib/format";

/** One of the first steps: done, under way, or still to come. */
export function Step({
  number,
  title,
  done,
  open,
  onSkip,
  onOpen,
  children,
}: {
  number: number;
  title: string;
  done: boolean;
  open: boolean;
  /** Absent: it cannot be skipped. */
  onSkip?: () => void;
  /** Absent: it cannot be gone to. */
  onOpen?: () => void;
  children?: ReactNode;
}) {
  const { t } = useTranslation("welcome");
  return (
    <li
      aria-current={open ? "step" : undefined}
      className={cx("rounded-lg border bg-surface px-4 py-3", open ? "border-accent" : "border-line")}
    >
      <div className="flex flex-wrap items-center gap-3">
        <span
          aria-hidden="true"
          className={cx(
            "grid size-7 shrink-0 place-items-center rounded-full text-sm font-semibold",
            done ? "bg-good-soft text-good" : open ? "bg-accent text-on-accent" : "bg-sunken text-muted",
          )}
        >
          {done ? <Check size={16} /> : whole(number)}
        </span>
        <h2 className="min-w-0 flex-1 font-semibold">{title}</h2>
        {done && <Badge tone="good">{t("done")}</Badge>}
        {open && onSkip && (
          <Button small look="quiet" onClick={onSkip}>
            {done ? t("next") : t("skip")}
          </Button>
        )}
        {!open && onOpen && (
          <Button small look="quiet" onClick={onOpen} aria-label={t("show", { step: title })}>
            {t("showShort")}
          </Button>
        )}
      </div>
      {open && <div className="mt-3 sm:pl-10">{children}</div>}
    </li>
  );
}
