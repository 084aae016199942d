import { useCallback, useEffect, useRef, useState } from "react";
import { chat } from "@/api/playground";
import { Problem } from "@/api/problem";
import { ended, failed, fold } from "./fold";
import { type Kept, keep, load } from "./kept";
import { type Answer, begun, type Picture, requestOf, type Step, type Turn } from "./talk";

/** How often a growing answer is drawn, in milliseconds. */
const DRAW = 60;

const with_ = <T>(list: readonly T[], at: number, value: T): T[] =>
  Array.from({ length: Math.max(list.length, at + 1) }, (_, each) =>
    each === at ? value : (list[each] as T),
  );

/** The turns, one answer of which is another. */
const answered = (turns: Turn[], id: number, column: number, answer: Answer | null): Turn[] =>
  turns.map((turn) =>
    turn.id === id
      ? { ...turn, answers: with_(turn.answers, column, answer).map((each) => each ?? null) }
      : turn,
  );

const failureOf = (error: unknown) =>
  error instanceof Problem
    ? { code: error.code, message: error.message, retryAfter: error.retryAfter }
    : { code: "", message: "", retryAfter: null };

/** The conversation with every column's model, and what is being typed; kept over a reload of the tab. */
export function useTalk(who: string) {
  const [state, setState] = useState<Kept>(() => load(who));
  // What is under way, by turn and column. Whoever is not in here any more may not write.
  const running = useRef(new Map<string, AbortController>());
  const latest = useRef(state);
  latest.current = state;

  useEffect(() => {
    const timer = setTimeout(() => keep(who, state), 300);
    return () => clearTimeout(timer);
  }, [who, state]);
  // Whoever reloads does not wait for that.
  useEffect(() => {
    const now = () => keep(who, latest.current);
    window.addEventListener("pagehide", now);
    return () => window.removeEventListener("pagehide", now);
  }, [who]);
  useEffect(() => {
    const under = running.current;
    return () => {
      keep(who, latest.current);
      for (const control of under.values()) control.abort();
      under.clear();
    };
  }, [who]);

  const put = useCallback((part: Partial<Kept>) => setState((now) => ({ ...now, ...part })), []);

  const stop = useCallback((match: (id: number, column: number) => boolean = () => true) => {
    for (const [key, control] of running.current) {
      const [id = 0, column = 0] = key.split(":").map(Number);
      if (match(id, column)) control.abort();
    }
  }, []);

  /** Asks a column's model for the next step of its answer to a turn, after the steps it has already taken. */
  const ask = (turns: Turn[], id: number, column: number, model: string, before: Step[]) => {
    const key = `${id}:${column}`;
    const control = new AbortController();
    running.current.get(key)?.abort();
    running.current.set(key, control);
    const upTo = turns.slice(0, turns.findIndex((turn) => turn.id === id) + 1);
    const request = requestOf(
      model,
      latest.current.draft,
      answered(upTo, id, column, { model, steps: before }),
      column,
    );
    let step = begun();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      clearTimeout(timer);
      timer = undefined;
      if (running.current.get(key) !== control) return;
      const answer = { model, steps: [...before, step] };
      setState((now) => ({ ...now, turns: answered(now.turns, id, column, answer) }));
    };
    draw();
    const start = performance.now();
    const ms = () => performance.now() - start;
    void chat(request, control.signal, (told) => {
      step = fold(step, told, ms());
      timer ??= setTimeout(draw, DRAW);
    })
      .then(() => {
        step = ended(step, "done", ms());
      })
      .catch((error: unknown) => {
        if (!control.signal.aborted) step = failed(step, failureOf(error));
        step = ended(step, control.signal.aborted ? "stopped" : "done", ms());
      })
      .finally(() => {
        draw();
        if (running.current.get(key) === control) running.current.delete(key);
      });
  };

  /** Says something to all columns after the first `kept` turns; what came later is gone. */
  const say = (kept: number, text: string, pictures: Picture[], models: string[]) => {
    const before = state.turns.slice(0, kept);
    stop((id) => !before.some((turn) => turn.id === id));
    const id = 1 + Math.max(0, ...state.turns.map((turn) => turn.id));
    const turns = [...before, { id, text, pictures, answers: models.map(() => null) }];
    setState((now) => ({
      ...now,
      turns,
      ...(kept === state.turns.length ? { text: "", pictures: [] } : {}),
    }));
    for (const [column, model] of models.entries()) if (model) ask(turns, id, column, model, []);
  };

  /** Asks one column once more for its answer to the last turn. */
  const again = (turn: Turn, column: number, model: string) => ask(state.turns, turn.id, column, model, []);

  /** Sends what tools gave back, and asks for what comes then. */
  const results = (turn: Turn, column: number, given: string[]) => {
    const answer = turn.answers[column];
    const last = answer?.steps.at(-1);
    if (!answer || !last) return;
    const calls = last.calls.map((call, at) => ({ ...call, result: given[at] ?? "" }));
    ask(state.turns, turn.id, column, answer.model, [...answer.steps.slice(0, -1), { ...last, calls }]);
  };

  /** A column goes, and its answers with it. Those to its right move, so they stop where they are. */
  const drop = (column: number, models: string[]) => {
    for (const [key, control] of running.current) {
      if (Number(key.split(":")[1]) < column) continue;
      running.current.delete(key);
      control.abort();
    }
    const without = (turn: Turn): Turn => ({
      ...turn,
      answers: turn.answers
        .filter((_, at) => at !== column)
        .map((answer, at) =>
          answer && at >= column
            ? {
                ...answer,
                steps: answer.steps.map((s) => (s.state === "running" ? { ...s, state: "stopped" } : s)),
              }
            : answer,
        ),
    });
    setState((now) => ({ ...now, models, turns: now.turns.map(without) }));
  };

  const clear = () => {
    stop();
    running.current.clear();
    setState((now) => ({ ...now, turns: [] }));
  };

  return { state, put, say, again, results, stop, drop, clear };
}

export type Talk = ReturnType<typeof useTalk>;
