import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { Code, CopyButton } from "@/components/common/bits";
import { isLocal } from "./place";
import type { Snippet, Step } from "./snippets.mjs";

/** What to do, one step after another. */
export function Steps({ snippet, url, missing }: { snippet: Snippet; url: string; missing: boolean }) {
  const { t } = useTranslation("guide");
  return (
    <div className="flex flex-col gap-4">
      {missing && <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">{t("missing")}</p>}
      <ol className="flex flex-col gap-4">
        {snippet.steps.map((step, row) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps stand in their order
          <li key={`${snippet.id}${row}`} className="flex flex-col gap-1.5">
            <h3 className="font-medium">
              {snippet.steps.length > 1 && <span className="num mr-1.5 text-muted">{row + 1}.</span>}
              {heading(step, t)}
            </h3>
            {step.kind === "form" ? (
              <Form step={step} />
            ) : (
              <Code label={`${snippet.title}: ${heading(step, t)}`}>{step.code}</Code>
            )}
          </li>
        ))}
      </ol>
      {snippet.id === "open-webui" && isLocal(url) && <p className="text-muted">{t("container")}</p>}
    </div>
  );
}

function heading(step: Step, t: TFunction<"guide">): string {
  switch (step.kind) {
    case "file":
      return t("step.file", { path: step.path });
    case "form":
      return t("step.form", { where: step.where });
    default:
      return t(`step.${step.kind}`);
  }
}

/** What to fill in where, each to be copied. The names are the program's own. */
function Form({ step }: { step: Extract<Step, { kind: "form" }> }) {
  return (
    <dl className="divide-y divide-line rounded-md border border-line">
      {step.fields.map(({ name, value }) => (
        <div key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1.5">
          <dt className="w-28 shrink-0 text-muted">{name}</dt>
          <dd className="flex min-w-0 flex-1 items-center gap-1">
            <bdi className="min-w-0 flex-1 font-mono text-xs break-all">{value}</bdi>
            <CopyButton text={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
