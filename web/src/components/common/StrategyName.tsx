import { Badge } from "@/components/ui/Badge";
import { useTerms } from "./terms";

/** Strategies to choose from, in the same words. */
export function StrategyOptions({ words }: { words: readonly string[] }) {
  const term = useTerms();
  return words.map((word) => (
    <option key={word} value={word}>
      {term("strategy", word)} ({word})
    </option>
  ));
}

/** How a route chooses, in the reader's language, and small the word that configuration and programs write for it. */
export function StrategyName({ word }: { word: string }) {
  const term = useTerms();
  const name = term("strategy", word);
  return (
    <span className="inline-flex flex-wrap items-baseline gap-x-1.5">
      <Badge tone="accent">{name}</Badge>
      {name !== word && <code className="font-mono text-xs text-muted">{word}</code>}
    </span>
  );
}
