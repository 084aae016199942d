import { useTranslation } from "react-i18next";

/** The words of the configuration and of the API for alerts, in the reader's language; one that is not known here stands as it is. */
export function useAlertWords(): (
  about: "least" | "severity" | "style" | "state" | "outcome",
  word: string,
) => string {
  const { t, i18n } = useTranslation("alerts");
  return (about, word) => {
    const key = `${about}.${word}` as "least.urgent";
    return i18n.exists(key, { ns: "alerts" }) ? String(t(key)) : word;
  };
}
