import i18next, { type Resource } from "i18next";
import { initReactI18next } from "react-i18next";
import { type Language, preferred, rememberLanguage, setLanguage } from "./language";

const FILES = {
  en: () => import("@/locales/en"),
  th: () => import("@/locales/th"),
  zh: () => import("@/locales/zh"),
};

/**
 * The words of all areas of the console. They are loaded before a page is drawn: one that asked for its words while it is
 * drawn would be held up by each area, one after the other.
 */
async function wordsOf(lang: Language): Promise<Resource[string]> {
  const { words } = await FILES[lang]();
  const areas = Object.entries(words).map(([path, area]) => [path.replace(/^.*\/|\.json$/g, ""), area]);
  return Object.fromEntries(areas);
}

/** Loads the reader's language. */
export async function startWords(): Promise<void> {
  const lang = preferred();
  setLanguage(lang);
  await i18next.use(initReactI18next).init({
    lng: lang,
    resources: { [lang]: await wordsOf(lang) },
    fallbackLng: false,
    defaultNS: "common",
    // React escapes what it writes.
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
    returnNull: false,
  });
}

/** Changes the language, and remembers it. */
export async function changeLanguage(next: Language): Promise<void> {
  for (const [area, words] of Object.entries(await wordsOf(next)))
    i18next.addResourceBundle(next, area, words);
  setLanguage(next);
  rememberLanguage(next);
  await i18next.changeLanguage(next);
}
