/** The languages that the console speaks, each in its own name. */
export const LANGUAGES = { en: "English", th: "ไทย", zh: "中文" } as const;

export type Language = keyof typeof LANGUAGES;

const STORED = "wye.language";

const isLanguage = (text: string | null | undefined): text is Language => text != null && text in LANGUAGES;

/** What the reader chose, else what the browser asks for first, else English. */
export function preferred(): Language {
  const stored = remembered(STORED);
  if (isLanguage(stored)) return stored;
  const wanted = typeof navigator === "undefined" ? [] : navigator.languages;
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

let current: Language = "en";

/** The language in force. */
export const language = (): Language => current;

/** Makes a language the one in force; `lib/i18n` loads its words. */
export function setLanguage(next: Language): void {
  current = next;
  if (typeof document !== "undefined") document.documentElement.lang = next;
}

/** Remembers the choice for the next visit. */
export const rememberLanguage = (next: Language): void => remember(STORED, next);

/** Reads from the browser's storage, which may be switched off. */
export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Writes to the browser's storage, where there is one. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage is switched off: the choice holds until the page is closed.
  }
}
