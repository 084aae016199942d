import { useTranslation } from "react-i18next";
import { Badge } from "@/components/ui/Badge";
import { duration } from "@/lib/format";
import type { State } from "./state";

const WHYS = ["breaker_open", "failed", "told", "guessed", "model"] as const;

/** Why something is left alone, in words. */
export function useWhy(): (why: string) => string {
  const { t } = useTranslation("models");
  return (why) => {
    const known = WHYS.find((name) => name === why);
    return known ? t(`why.${known}`) : why;
  };
}

/** How a model is: a word, why, and for how long. */
export function StateBadge({ state }: { state: State }) {
  const { t } = useTranslation("models");
  const why = useWhy();
  if (!("why" in state)) {
    const tone = state.is === "ok" ? "good" : state.is === "gone" ? "bad" : "plain";
    return <Badge tone={tone}>{t(`state.${state.is}`)}</Badge>;
  }
  const text = state.is === "failing" ? t("state.failing") : why(state.why);
  return (
    <Badge tone={state.is === "rests" ? "warn" : "bad"}>
      <span className="truncate">
        {text}
        {state.ms !== null && ` · ${duration(state.ms)}`}
      </span>
    </Badge>
  );
}
