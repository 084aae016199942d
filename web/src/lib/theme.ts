import { remember, remembered } from "./language";

export type Theme = "system" | "light" | "dark";

const STORED = "wye.theme";

export function theme(): Theme {
  const stored = remembered(STORED);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** Sets and remembers the theme; `system` follows the machine. */
export function setTheme(next: Theme): void {
  remember(STORED, next);
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}
