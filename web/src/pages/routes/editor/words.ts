import { useTranslation } from "react-i18next";
import type { Words } from "@/components/input/Specs";
import type words from "@/locales/en/routes.json";

type Name = keyof (typeof words)["field"];

/** Label and hint of a setting of a route: its path with underscores for dots is its name among the words. */
export function useWords(): Words {
  const { t, i18n } = useTranslation("routes");
  return (path) => {
    const name = path.replaceAll(".", "_") as Name;
    const hint = `hint.${name}` as "hint.hedge_budget";
    return {
      label: t(`field.${name}`),
      hint: i18n.exists(hint, { ns: "routes" }) ? String(t(hint)) : undefined,
    };
  };
}
