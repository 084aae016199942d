import { Link } from "@tanstack/react-router";
import { RotateCcw, Square } from "lucide-react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/components/common/bits";
import { Badge } from "@/components/ui/Badge";
import { IconButton, Spinner } from "@/components/ui/Button";
import { duration, money, UNKNOWN, whole } from "@/lib/format";
import { Calls } from "./Calls";
import { Refusal } from "./Refusal";
import { Rich } from "./Rich";
import type { Answer, Facts, Step } from "./talk";

/** What one column's model made of a turn. */
export function AnswerCard({
  answer,
  last,
  onAgain,
  onStop,
  onResults,
}: {
  answer: Answer;
  /** The newest turn: it can be gone on with. */
  last: boolean;
  onAgain: () => void;
  onStop: () => void;
  onResults: (given: string[]) => void;
}) {
  const { t } = useTranslation("playground");
  const end = answer.steps.at(-1);
  const running = end?.state === "running";
  const text = answer.steps
    .map((step) => step.text)
    .join("\n\n")
    .trim();
  return (
    <article
      aria-label={answer.model}
      aria-busy={running}
      className="flex min-w-0 flex-col gap-3 rounded-lg border border-line bg-surface p-3"
    >
      <header className="flex items-center gap-1">
        <bdi className="min-w-0 flex-1 truncate font-medium" title={answer.model}>
          {answer.model}
        </bdi>
        <span role="status" className="sr-only">
          {end && t(`state.${end.state}`)}
        </span>
        {running ? (
          <IconButton label={t("stop")} onClick={onStop}>
            <Square size={15} />
          </IconButton>
        ) : (
          <>
            {text && <CopyButton text={text} />}
            {last && (
              <IconButton label={t("again")} onClick={onAgain}>
                <RotateCcw size={15} />
              </IconButton>
            )}
          </>
        )}
      </header>
      {answer.steps.map((step, at) => (
        <One
          // biome-ignore lint/suspicious/noArrayIndexKey: steps follow one another
          key={at}
          step={step}
          open={last && at === answer.steps.length - 1}
          onResults={onResults}
        />
      ))}
    </article>
  );
}

function One({ step, open, onResults }: { step: Step; open: boolean; onResults: (given: string[]) => void }) {
  const { t } = useTranslation("playground");
  return (
    <div className="flex min-w-0 flex-col gap-3">
      {step.thoughts && (
        <details className="rounded-md bg-sunken px-3 py-2">
          <summary className="cursor-pointer text-sm text-muted">{t("thoughts")}</summary>
          <p dir="auto" className="mt-1 text-sm break-words whitespace-pre-wrap text-muted">
            {step.thoughts}
          </p>
        </details>
      )}
      {step.text && <Rich text={step.text} />}
      {step.state === "running" && !step.text && (
        <p className="flex items-center gap-2 text-muted">
          <Spinner /> {t("waiting")}
        </p>
      )}
      {step.calls.length > 0 && (
        <Calls calls={step.calls} open={open && step.state !== "running"} onResults={onResults} />
      )}
      {step.failure && <Refusal failure={step.failure} />}
      {step.state === "stopped" && <Badge>{t("state.stopped")}</Badge>}
      {step.state === "done" && !step.text && step.calls.length === 0 && (
        <p className="text-muted">{t("nothingSaid")}</p>
      )}
      {step.state !== "running" && <Measures facts={step.facts} />}
    </div>
  );
}

/** How long it took, what it cost, who answered and why. */
function Measures({ facts }: { facts: Facts }) {
  const { t } = useTranslation("playground");
  const tokens = [facts.tokensIn, facts.tokensOut];
  const rows: [string, string][] = [
    [t("first"), duration(facts.firstMs)],
    [t("whole"), duration(facts.wholeMs)],
    [t("tokens"), tokens.every((count) => count === null) ? UNKNOWN : tokens.map(whole).join(" → ")],
    [t("cost"), money(facts.cost)],
  ];
  return (
    <footer className="flex flex-col gap-2 border-t border-line pt-2 text-sm">
      <dl className="num flex flex-wrap gap-x-4 gap-y-1">
        {rows.map(([name, value]) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-muted">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {facts.provider && (
        <p className="break-words">
          <span className="text-muted">{t("by")} </span>
          <bdi>
            {facts.provider}/{facts.model}
          </bdi>
        </p>
      )}
      <div className="flex flex-wrap items-start gap-x-4 gap-y-1">
        {facts.id && (
          <Link
            to="/requests"
            search={{ id: facts.id } as never}
            className="text-accent underline underline-offset-2"
          >
            {t("request")}
          </Link>
        )}
        {facts.headers.length > 0 && (
          <details className="min-w-0">
            <summary className="cursor-pointer text-muted">{t("headers")}</summary>
            <dl className="mt-1 flex flex-col gap-1 font-mono text-xs">
              {facts.headers.map(([name, value]) => (
                <div key={name}>
                  <dt className="text-muted">{name}</dt>
                  <dd className="break-all">{value}</dd>
                </div>
              ))}
            </dl>
          </details>
        )}
      </div>
    </footer>
  );
}
