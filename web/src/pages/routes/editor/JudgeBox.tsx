import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type JudgeTried, useJudge } from "@/api/routes";
import { Code, Facts } from "@/components/common/bits";
import { ErrorBox } from "@/components/common/states";
import { Button } from "@/components/ui/Button";
import { Field, Textarea } from "@/components/ui/Field";
import { duration, money, UNKNOWN } from "@/lib/format";
import { isTree, type Tree } from "@/lib/path";
import { type Target, writeTarget } from "./targets";

/** Asks the judge of a route as it stands in the form, saved or not. Stands inside that form, so it has none of its own. */
export function JudgeBox({ body, targets }: { body: Tree; targets: readonly Target[] }) {
  const { t } = useTranslation("routes");
  const [prompt, setPrompt] = useState("");
  const asking = useJudge();
  const ask = () =>
    asking.mutate({
      prompt,
      judge: isTree(body.judge) ? body.judge : {},
      targets: targets.map(writeTarget),
      rules: isTree(body.rules) ? body.rules : undefined,
    });
  return (
    <section className="flex flex-col gap-3 rounded-md border border-line p-3">
      <div>
        <h3 className="text-sm font-medium">{t("judge.title")}</h3>
        <p className="text-sm text-muted">{t("judge.about")}</p>
      </div>
      <Field label={t("judge.prompt")}>
        <Textarea dir="auto" rows={3} value={prompt} onChange={(event) => setPrompt(event.target.value)} />
      </Field>
      <Button
        small
        className="self-start"
        busy={asking.isPending}
        disabled={prompt.trim() === ""}
        onClick={ask}
      >
        {t("judge.go")}
      </Button>
      <div aria-live="polite" className="flex flex-col gap-3 empty:hidden">
        {asking.isError && <ErrorBox error={asking.error} />}
        {asking.data && <Said tried={asking.data} />}
      </div>
    </section>
  );
}

function Said({ tried }: { tried: JudgeTried }) {
  const { t } = useTranslation("routes");
  const { rating, scale, target, fallback, fallback_why: why, raw, message } = tried;
  const rules = fallback == null ? UNKNOWN : <bdi key="rules">{fallback}</bdi>;
  return (
    <>
      {rating == null ? (
        <div className="text-warn">
          <p>{t("judge.nothing")}</p>
          {message && <p dir="auto">{message}</p>}
        </div>
      ) : (
        <p className="text-lg">
          {t("judge.rated", { rating, scale })} → <bdi className="font-semibold">{target ?? UNKNOWN}</bdi>
        </p>
      )}
      <Facts
        rows={[
          [t("judge.rules"), why ? [rules, <span key="why"> · {why}</span>] : rules],
          [t("judge.took"), duration(tried.ms)],
          [t("judge.cost"), money(tried.cost_nano)],
        ]}
      />
      {raw && (
        <section>
          <h4 className="mb-1 text-sm text-muted">{t("judge.wrote")}</h4>
          <Code label={t("judge.wrote")} wrap>
            {raw}
          </Code>
        </section>
      )}
      {tried.request_id && (
        <Link
          to="/requests"
          search={{ id: tried.request_id } as never}
          target="_blank"
          className="self-start text-sm text-accent hover:underline"
        >
          {t("judge.record")}
        </Link>
      )}
    </>
  );
}
