import { type ReactNode, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { changeLanguage } from "@/lib/i18n";
import { LANGUAGES, type Language, language } from "@/lib/language";
import { under } from "@/lib/url";

/** What is around the pages before anybody is signed in. */
export function Gate({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Wye`;
  }, [title]);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center gap-6 px-4 py-10">
      <header>
        <img src={under("favicon.svg")} alt="" width={40} height={40} />
        <h1 className="mt-4 text-2xl font-semibold tracking-tight">{title}</h1>
        {about && <p className="mt-1 text-muted">{about}</p>}
      </header>
      {children}
      <nav aria-label={t("language")} className="flex gap-3 text-sm">
        {Object.entries(LANGUAGES).map(([id, name]) => (
          <button
            key={id}
            type="button"
            lang={id}
            aria-pressed={language() === id}
            onClick={() => void changeLanguage(id as Language)}
            className="text-muted underline-offset-4 hover:text-text hover:underline aria-pressed:font-medium aria-pressed:text-text"
          >
            {name}
          </button>
        ))}
      </nav>
    </main>
  );
}
