import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type words from "@/locales/en/terms.json";

/** A closed set of names that the gateway gives to things: reasons, categories, kinds. */
export type TermSet = keyof typeof words;

/** What a name of the gateway's means, in the reader's language. One that has no words, since it is newer, stays as it is. */
export function useTerms(): (set: TermSet, name: string) => string {
  const { t } = useTranslation("terms");
  return useCallback(
    (set, name) => String(t(`${set}.${name}` as "code.caller_gone", { defaultValue: name })),
    [t],
  );
}

/** All names of a set, each with its words: for choosing. */
export function useTermsOf(set: TermSet): [string, string][] {
  const { t } = useTranslation("terms");
  return Object.entries(t(set, { returnObjects: true }) as Record<string, string>);
}

/** What a reason is about: the quota that is used up, what it cannot do. It is what stands behind the reason's colon. */
export function about(reason: string): string | null {
  const colon = reason.indexOf(": ");
  return colon < 0 ? null : reason.slice(colon + 2);
}
