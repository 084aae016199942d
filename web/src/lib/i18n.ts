import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, preferred, rememberLanguage, setLanguage } from "./language";

// One file a language and area of the console; each is loaded when it is first needed.
const files = import.meta.glob<Record<string, unknown>>("../locales/*/*.json", { import: "default" });

const backend = {
  type: "backend" as const,
  read(lang: string, area: string, done: (error: unknown, words: Record<string, unknown> | null) => void) {
    const load = files[`../locales/${lang}/${area}.json`];
    if (!load) return done(new Error(`there are no words for ${area} in ${lang}`), null);
    load().then(
      (words) => done(null, words),
      (error) => done(error, null),
    );
  },
};

/** Loads the words that every page needs. */
export async function startWords(): Promise<void> {
  const lang = preferred();
  setLanguage(lang);
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: lang,
      fallbackLng: false,
      ns: ["common"],
      defaultNS: "common",
      // React escapes what it writes.
      interpolation: { escapeValue: false },
      react: { useSuspense: true },
      returnNull: false,
    });
}

/** Changes the language, and remembers it. */
export async function changeLanguage(next: Language): Promise<void> {
  await i18next.loadLanguages(next);
  setLanguage(next);
  rememberLanguage(next);
  await i18next.changeLanguage(next);
}
