import { type Answer, DRAFT, type Draft, type Picture, type Turn } from "./talk";

/** What of the playground outlives a reload of this tab. */
export type Kept = {
  models: string[];
  draft: Draft;
  turns: Turn[];
  text: string;
  pictures: Picture[];
};

export const NOTHING: Kept = { models: [], draft: DRAFT, turns: [], text: "", pictures: [] };

/** Larger pictures are not kept: a tab's storage is a few megabytes. */
const MOST = 1_000_000;

const small = (pictures: Picture[]) => pictures.filter(({ bytes }) => bytes <= MOST);

const nameFor = (who: string) => `wye.playground.${who}`;

/** An answer as it is after a reload: what was under way is not any more. */
const halted = (answer: Answer | null): Answer | null =>
  answer && {
    ...answer,
    steps: answer.steps.map((step) => (step.state === "running" ? { ...step, state: "stopped" } : step)),
  };

/** What this person left in this tab. */
export function load(who: string): Kept {
  try {
    const kept = {
      ...NOTHING,
      ...(JSON.parse(sessionStorage.getItem(nameFor(who)) ?? "{}") as Partial<Kept>),
    };
    return {
      ...kept,
      draft: { ...DRAFT, ...kept.draft },
      turns: kept.turns.map((turn) => ({ ...turn, answers: turn.answers.map(halted) })),
    };
  } catch {
    return NOTHING;
  }
}

/** Keeps it; without pictures if there is no room, and not at all if there is none for the words. */
export function keep(who: string, kept: Kept): void {
  const slim = (those: (pictures: Picture[]) => Picture[]) =>
    JSON.stringify({
      ...kept,
      pictures: those(kept.pictures),
      turns: kept.turns.map((turn) => ({ ...turn, pictures: those(turn.pictures) })),
    });
  for (const those of [small, () => []]) {
    try {
      sessionStorage.setItem(nameFor(who), slim(those));
      return;
    } catch {
      // No room, or no storage at all: less is tried, then nothing.
    }
  }
}
