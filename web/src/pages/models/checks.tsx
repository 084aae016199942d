import { CircleCheck, CircleX } from "lucide-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Tested, testModel } from "@/api/models";
import { queries } from "@/api/queries";
import { Spinner } from "@/components/ui/Button";
import { duration } from "@/lib/format";

/** What came of asking a model: under way, an answer, or why there was none. */
export type Result = "asking" | Tested | { failed: string };

export type Checks = {
  results: ReadonlyMap<string, Result>;
  /** How many of how many; `null`: nothing is under way. */
  going: { done: number; all: number } | null;
  start: (names: readonly string[]) => void;
  stop: () => void;
};

const reason = (error: unknown): string => (error instanceof Error ? error.message : "");

/** Asks models something small, one after another, until all were asked or somebody stops it. */
export function useChecks(): Checks {
  const [results, setResults] = useState<ReadonlyMap<string, Result>>(new Map());
  const [going, setGoing] = useState<Checks["going"]>(null);
  const running = useRef<AbortController | null>(null);
  const stop = useCallback(() => running.current?.abort(), []);
  // Who leaves the page does not want the rest asked.
  useEffect(() => stop, [stop]);

  const start = useCallback(async (names: readonly string[]) => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setResults(new Map());
    const put = (name: string, result: Result | null) =>
      setResults((before) => {
        const after = new Map(before);
        if (result === null) after.delete(name);
        else after.set(name, result);
        return after;
      });
    for (const [done, name] of names.entries()) {
      if (mine.signal.aborted) break;
      setGoing({ done, all: names.length });
      put(name, "asking");
      try {
        put(name, await testModel(name, mine.signal));
      } catch (error) {
        put(name, mine.signal.aborted ? null : { failed: reason(error) });
      }
    }
    if (running.current === mine) setGoing(null);
    void queries.invalidateQueries({ queryKey: ["models"] });
  }, []);

  return { results, going, start: (names) => void start(names), stop };
}

/** What came of it, in a cell. */
export function CheckCell({ result }: { result: Result | undefined }) {
  const { t } = useTranslation("models");
  if (!result) return null;
  if (result === "asking")
    return (
      <span role="status" aria-label={t("check.asking")}>
        <Spinner />
      </span>
    );
  const bad = "failed" in result ? result.failed : result.ok ? null : (result.message ?? result.code ?? "");
  if (bad !== null)
    return (
      <span className="inline-flex items-center gap-1 text-bad" title={bad}>
        <CircleX size={15} aria-hidden="true" /> {t("check.bad")}
      </span>
    );
  return (
    <span className="num inline-flex items-center gap-1 text-good">
      <CircleCheck size={15} aria-label={t("check.ok")} />
      {"total_ms" in result && duration(result.total_ms)}
    </span>
  );
}
