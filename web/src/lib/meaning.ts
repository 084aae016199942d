import { use, useMemo } from "react";
import { useTranslation } from "react-i18next";

/**
 * What the gateway says in English of its settings and of what it offers, in other languages. A text is found by its
 * English, so that one that has changed is shown in English until somebody has translated it anew; a test asks for that.
 */
type Meanings = { titles: Record<string, string>; texts: Record<string, string> };

const files = import.meta.glob<Meanings>("../locales/*/meaning.json", { import: "default" });
const NONE: Meanings = { titles: {}, texts: {} };
const loaded = new Map<string, Promise<Meanings>>();

function load(lang: string): Promise<Meanings> {
  let found = loaded.get(lang);
  if (!found) {
    // Without the words the gateway's English does.
    found = files[`../locales/${lang}/meaning.json`]?.().catch(() => NONE) ?? Promise.resolve(NONE);
    loaded.set(lang, found);
  }
  return found;
}

/** The gateway's words in the reader's language: `text` of its English, `title` of a setting by its path. */
export function useMeaning(): {
  text: (english: string) => string;
  title: (path: string, english: string) => string;
} {
  const { i18n } = useTranslation();
  const { titles, texts } = use(load(i18n.language));
  return useMemo(
    () => ({
      text: (english) => texts[english] ?? english,
      title: (path, english) => titles[path] ?? english,
    }),
    [titles, texts],
  );
}
