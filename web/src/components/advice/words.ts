import { useTranslation } from "react-i18next";
import { useTerms } from "@/components/common/terms";
import { type Matter, type Say, sentence } from "./sentence";

/** The words about what needs a person, in the reader's language; `""` where there are none. */
export function useSay(): Say {
  const { t } = useTranslation("advice");
  return (key, values) => String(t(key as "back", { ...values, defaultValue: "" } as never));
}

/** Says what is the matter in the reader's language, as it is at a moment; `null`: only the gateway has words for it. */
export function useSentence(): (matter: Matter, at: number) => string | null {
  const say = useSay();
  const term = useTerms();
  return (matter, at) => sentence(matter, say, (name) => term("code", name), at);
}
