import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { cx } from "@/lib/cx";
import { IconButton } from "./Button";

type Props = {
  open: boolean;
  onClose: () => void;
  title: ReactNode;
  children: ReactNode;
  /** Buttons at its foot. */
  footer?: ReactNode;
  /** `sheet`: from the right, as high as the window. */
  kind?: "box" | "sheet";
  wide?: boolean;
};

/** The browser's own modal dialog: it keeps the focus, closes with Escape and gives the focus back. */
export function Dialog({ open, onClose, title, children, footer, kind = "box", wide = false }: Props) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();

  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);

  const width = wide ? "w-[min(64rem,100vw-1.5rem)]" : "w-[min(34rem,100vw-1.5rem)]";
  const place =
    kind === "sheet"
      ? cx(
          "mr-0 ml-auto h-dvh max-h-dvh rounded-l-xl",
          wide ? "w-[min(60rem,100vw)]" : "w-[min(32rem,100vw)]",
        )
      : cx("m-auto max-h-[calc(100dvh-2rem)] rounded-xl", width);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it already
    <dialog
      ref={ref}
      aria-labelledby={id}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
      className={cx("max-w-none border border-line bg-surface p-0 shadow-float", place)}
    >
      {open && (
        <div className={cx("flex flex-col", kind === "sheet" ? "h-full" : "max-h-[calc(100dvh-2rem)]")}>
          <header className="flex items-center justify-between gap-4 border-b border-line py-2.5 pr-2.5 pl-5">
            <h2 id={id} className="min-w-0 truncate text-lg font-semibold">
              {title}
            </h2>
            <IconButton label={t("close")} onClick={onClose}>
              <X size={18} />
            </IconButton>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer && (
            <footer className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">
              {footer}
            </footer>
          )}
        </div>
      )}
    </dialog>
  );
}
