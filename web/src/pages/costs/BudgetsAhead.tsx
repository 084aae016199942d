import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { BudgetAhead } from "@/api/forecast";
import { Meter } from "@/components/common/bits";
import { periodWord } from "@/components/limits/LimitMeter";
import { money } from "@/lib/format";
import { day, moment } from "@/lib/time";

/** Which budgets will be used up before they begin anew, the soonest first. */
export function BudgetsAhead({ budgets, now }: { budgets: BudgetAhead[]; now: number }) {
  const { t } = useTranslation("costs");
  if (budgets.length === 0) return null;
  const short = budgets
    .filter(({ used_up_ms }) => used_up_ms != null)
    .sort((a, b) => (a.used_up_ms ?? 0) - (b.used_up_ms ?? 0));
  return (
    <section className="mt-4 border-t border-line pt-3">
      <h3 className="font-medium">{t("ahead.title")}</h3>
      {short.length === 0 ? (
        <p className="mt-1.5 flex items-center gap-2 text-muted">
          <CircleCheck size={16} className="shrink-0 text-good" aria-hidden="true" />
          {t("ahead.fine", { count: budgets.length })}
        </p>
      ) : (
        <ul className="mt-1 divide-y divide-line">
          {short.map((budget) => (
            <Row key={`${budget.owner} ${budget.name} ${budget.period}`} budget={budget} now={now} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Whose budgets there are, as the gateway calls them. */
const KINDS = ["key", "team", "budget"] as const;

function Row({ budget, now }: { budget: BudgetAhead; now: number }) {
  const { t } = useTranslation("costs");
  const { t: common } = useTranslation();
  const { owner, name, period, limit_nano, spent_nano, resets_ms, used_up_ms } = budget;
  const kind = KINDS.find((one) => owner.startsWith(`${one} `));
  const over = periodWord(period);
  const gone = used_up_ms != null && used_up_ms <= now;
  return (
    <li className="grid gap-x-6 gap-y-2 py-2.5 md:grid-cols-[minmax(0,1fr)_minmax(12rem,18rem)]">
      <div className="min-w-0">
        <p className="flex items-center gap-2">
          <TriangleAlert
            size={16}
            aria-hidden="true"
            className={gone ? "shrink-0 text-bad" : "shrink-0 text-warn"}
          />
          <span className="min-w-0 truncate">
            {kind && <span className="text-muted">{t(`ahead.owner.${kind}`)} </span>}
            <bdi className="font-medium">{kind ? name : owner}</bdi>
          </span>
        </p>
        <p className="text-sm text-muted">
          {used_up_ms != null &&
            (gone ? t("ahead.gone") : <Day at={used_up_ms} words={(on) => t("ahead.usedUp", { day: on })} />)}
          {" · "}
          {resets_ms == null ? (
            t("ahead.never")
          ) : (
            <Day at={resets_ms} words={(on) => t("ahead.resets", { day: on })} />
          )}
        </p>
      </div>
      <Meter
        used={spent_nano}
        limit={limit_nano}
        label={`${common("measure.money")} ${over ? common(over) : period}`}
        words={common("ofLimit", { used: money(spent_nano), limit: money(limit_nano) })}
      />
    </li>
  );
}

/** A day in the reader's time; the moment when pointed at. */
function Day({ at, words }: { at: number; words: (day: string) => string }) {
  return (
    <time dateTime={new Date(at).toISOString()} title={moment(at)}>
      {words(day(at))}
    </time>
  );
}
