import { useTranslation } from "react-i18next";
import { Checkbox, Field, Textarea } from "@/components/ui/Field";
import type { Draft } from "./draft";

const APIS = [
  "openai_chat",
  "openai_responses",
  "openai_completions",
  "anthropic_messages",
  "gemini",
  "cohere",
  "ollama",
];

/** Which names and APIs may be called, and what requests are tagged with. */
export function Scopes({
  draft,
  put,
  wrong,
}: {
  draft: Pick<Draft, "models" | "tags" | "apis">;
  put: (part: Partial<Draft>) => void;
  wrong: (field: string) => string | undefined;
}) {
  const { t } = useTranslation("keys");
  const toggle = (api: string, on: boolean) =>
    put({ apis: on ? [...draft.apis, api] : draft.apis.filter((one) => one !== api) });
  return (
    <>
      <Field label={t("models")} hint={t("modelsHint")} error={wrong("models")}>
        <Textarea
          rows={2}
          spellCheck={false}
          className="font-mono text-xs"
          placeholder={"wye/auto\ngroq/*"}
          value={draft.models}
          onChange={(e) => put({ models: e.target.value })}
        />
      </Field>
      <fieldset>
        <legend className="text-sm font-medium">{t("apis")}</legend>
        <p className="mb-1 text-sm text-muted">{t("apisHint")}</p>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          {APIS.map((api) => (
            <Checkbox
              key={api}
              checked={draft.apis.includes(api)}
              onChange={(e) => toggle(api, e.target.checked)}
            >
              <code className="font-mono text-xs">{api}</code>
            </Checkbox>
          ))}
        </div>
        {wrong("apis") && <p className="text-sm text-bad">{wrong("apis")}</p>}
      </fieldset>
      <Field label={t("tags")} hint={t("tagsHint")} error={wrong("tags")}>
        <Textarea
          rows={1}
          spellCheck={false}
          className="min-h-9 font-mono text-xs"
          value={draft.tags}
          onChange={(e) => put({ tags: e.target.value })}
        />
      </Field>
    </>
  );
}
