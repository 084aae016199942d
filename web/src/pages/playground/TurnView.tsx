import { Pencil } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/ui/Button";
import { Textarea } from "@/components/ui/Field";
import { cx } from "@/lib/cx";
import { AnswerCard } from "./AnswerCard";
import { Pictures } from "./Composer";
import type { Turn } from "./talk";

/** How columns stand side by side, where there is room for them. */
export const GRID = [
  "",
  "",
  "md:grid-cols-2",
  "md:grid-cols-2 2xl:grid-cols-3",
  "md:grid-cols-2 2xl:grid-cols-4",
];

/** What was said, and what each column answered. */
export function TurnView({
  turn,
  columns,
  last,
  running,
  onSay,
  onAgain,
  onStop,
  onResults,
}: {
  turn: Turn;
  columns: number;
  last: boolean;
  running: boolean;
  /** Says this turn anew, as it was or as it was edited. What came after it is gone. */
  onSay: (text: string) => void;
  onAgain: (column: number) => void;
  onStop: (column: number) => void;
  onResults: (column: number, given: string[]) => void;
}) {
  const { t } = useTranslation("playground");
  const [edited, setEdited] = useState<string | null>(null);
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (edited?.trim()) onSay(edited);
    setEdited(null);
  };
  return (
    <li className="flex flex-col gap-3">
      {edited === null ? (
        <div className="flex items-start gap-2 self-end rounded-lg bg-accent-soft py-1.5 pr-1.5 pl-3 md:max-w-[75%]">
          <div className="flex min-w-0 flex-col gap-2 py-1">
            <h2 className="sr-only">{t("you")}</h2>
            {turn.text && (
              <p dir="auto" className="break-words whitespace-pre-wrap">
                {turn.text}
              </p>
            )}
            <Pictures list={turn.pictures} />
          </div>
          <IconButton label={t("edit")} disabled={running} onClick={() => setEdited(turn.text)}>
            <Pencil size={15} />
          </IconButton>
        </div>
      ) : (
        <form onSubmit={send} className="flex flex-col gap-2">
          <Textarea
            autoFocus
            dir="auto"
            aria-label={t("edit")}
            value={edited}
            onChange={(event) => setEdited(event.target.value)}
          />
          <div className="flex flex-wrap items-center gap-2">
            <Button small look="primary" type="submit" disabled={running}>
              {t("sendAgain")}
            </Button>
            <Button small onClick={() => setEdited(null)}>
              {t("cancel")}
            </Button>
            {!last && <p className="text-sm text-muted">{t("laterGone")}</p>}
          </div>
        </form>
      )}
      <div className={cx("grid items-start gap-3", GRID[columns])}>
        {Array.from({ length: columns }, (_, column) => {
          const answer = turn.answers[column];
          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
          if (!answer) return <div key={column} className="hidden md:block" />;
          return (
            <AnswerCard
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
              key={column}
              answer={answer}
              last={last}
              onAgain={() => onAgain(column)}
              onStop={() => onStop(column)}
              onResults={(given) => onResults(column, given)}
            />
          );
        })}
      </div>
    </li>
  );
}
