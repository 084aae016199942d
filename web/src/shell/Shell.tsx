import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { Menu as Bars } from "lucide-react";
import { Suspense, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Skeleton } from "@/components/common/states";
import { Toasts } from "@/components/common/Toasts";
import { IconButton } from "@/components/ui/Button";
import { under } from "@/lib/url";
import { Nav } from "./Nav";
import { Reconnecting } from "./Reconnecting";
import { SignInAgain } from "./SignInAgain";
import { UserMenu } from "./UserMenu";

/** What is around every page of the console. */
export function Shell() {
  const { t } = useTranslation();
  return (
    <div className="flex min-h-dvh flex-col lg:pl-56">
      <button
        type="button"
        onClick={() => document.getElementById("main")?.focus()}
        className="sr-only z-50 rounded bg-accent px-3 py-2 text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t("nav.skip")}
      </button>
      <aside className="fixed inset-y-0 left-0 hidden w-56 flex-col overflow-y-auto border-r border-line bg-surface lg:flex">
        <Brand />
        <Nav />
      </aside>
      <header className="sticky top-0 z-30 flex h-12 items-center justify-between gap-2 border-b border-line bg-surface px-2 sm:px-4">
        <div className="flex items-center gap-1 lg:invisible">
          <Drawer />
          <Brand />
        </div>
        <UserMenu />
      </header>
      <Reconnecting />
      <main id="main" tabIndex={-1} className="min-w-0 flex-1 focus-visible:outline-none">
        <Suspense fallback={<Skeleton className="p-6" lines={8} />}>
          <Outlet />
        </Suspense>
      </main>
      <SignInAgain />
      <Toasts />
    </div>
  );
}

export function Brand() {
  return (
    <Link to="/" className="flex items-center gap-2 px-3 py-2.5 text-lg font-semibold tracking-tight">
      <img src={under("favicon.svg")} alt="" width={24} height={24} />
      Wye
    </Link>
  );
}

/** The rooms, on narrow windows. */
function Drawer() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const ref = useRef<HTMLDialogElement>(null);
  const { pathname } = useLocation();
  useEffect(() => {
    if (open) ref.current?.showModal();
    else ref.current?.close();
  }, [open]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: whoever goes elsewhere has chosen
  useEffect(() => setOpen(false), [pathname]);
  return (
    <>
      <IconButton
        label={t("nav.open")}
        className="lg:hidden"
        aria-expanded={open}
        onClick={() => setOpen(true)}
      >
        <Bars size={20} />
      </IconButton>
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it already */}
      <dialog
        ref={ref}
        aria-label={t("nav.label")}
        onClose={() => setOpen(false)}
        onClick={(event) => event.target === ref.current && setOpen(false)}
        className="m-0 h-dvh max-h-dvh w-64 overflow-y-auto border-r border-line bg-surface p-0"
      >
        {open && (
          <>
            <Brand />
            <Nav onGo={() => setOpen(false)} />
          </>
        )}
      </dialog>
    </>
  );
}
