import { useTranslation } from "react-i18next";
import { StrategyOptions } from "@/components/common/StrategyName";
import { Card } from "@/components/ui/Card";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/Field";
import { type Draft, SCHEMA, TOOLS, wrongJson } from "./talk";

const EFFORTS = ["none", "minimal", "low", "medium", "high"];
const STRATEGIES = [
  "ordered",
  "balanced",
  "weighted",
  "adaptive",
  "fastest",
  "cheapest",
  "strongest",
  "school",
  "learned",
];

type Put = (part: Partial<Draft>) => void;

/** What is sent beside the conversation. */
export function Options({ draft, put }: { draft: Draft; put: Put }) {
  const { t } = useTranslation("playground");
  return (
    <Card title={t("options")}>
      <div className="flex flex-col gap-4">
        <Field label={t("system")}>
          <Textarea
            dir="auto"
            rows={3}
            value={draft.system}
            onChange={(event) => put({ system: event.target.value })}
          />
        </Field>
        <div className="grid grid-cols-2 gap-3">
          <Numeric
            label={t("temperature")}
            value={draft.temperature}
            onValue={(temperature) => put({ temperature })}
          />
          <Numeric
            label={t("maxTokens")}
            value={draft.maxTokens}
            onValue={(maxTokens) => put({ maxTokens })}
            whole
          />
        </div>
        <Field label={t("effort")}>
          <Select value={draft.effort} onChange={(event) => put({ effort: event.target.value })}>
            <option value="">{t("unsaid")}</option>
            {EFFORTS.map((effort) => (
              <option key={effort}>{effort}</option>
            ))}
          </Select>
        </Field>
        <Checkbox checked={draft.stream} onChange={(event) => put({ stream: event.target.checked })}>
          {t("stream")}
        </Checkbox>
        <Json
          words={t("tools")}
          on={draft.toolsOn}
          text={draft.tools || TOOLS}
          wrong={wrongJson(draft.tools || TOOLS, "list") ? t("toolsWrong") : undefined}
          onOn={(toolsOn) => put({ toolsOn })}
          onText={(tools) => put({ tools })}
        />
        <Json
          words={t("schema")}
          on={draft.schemaOn}
          text={draft.schema || SCHEMA}
          wrong={wrongJson(draft.schema || SCHEMA, "object") ? t("schemaWrong") : undefined}
          onOn={(schemaOn) => put({ schemaOn })}
          onText={(schema) => put({ schema })}
        />
        <Controls draft={draft} put={put} />
      </div>
    </Card>
  );
}

/** What the request says to the gateway itself (docs/controls.md). */
function Controls({ draft, put }: { draft: Draft; put: Put }) {
  const { t } = useTranslation("playground");
  return (
    <details className="rounded-md border border-line px-3 py-2">
      <summary className="cursor-pointer font-medium">{t("controls")}</summary>
      <div className="mt-3 flex flex-col gap-3">
        <Field label={t("prefer")} hint={t("names")}>
          <Input dir="auto" value={draft.prefer} onChange={(event) => put({ prefer: event.target.value })} />
        </Field>
        <Field label={t("exclude")}>
          <Input
            dir="auto"
            value={draft.exclude}
            onChange={(event) => put({ exclude: event.target.value })}
          />
        </Field>
        <Field label={t("strategy")}>
          <Select value={draft.strategy} onChange={(event) => put({ strategy: event.target.value })}>
            <option value="">{t("routesOwn")}</option>
            <StrategyOptions words={STRATEGIES} />
          </Select>
        </Field>
        <Numeric
          label={t("maxLatency")}
          value={draft.maxLatency}
          onValue={(maxLatency) => put({ maxLatency })}
          whole
        />
        <Numeric label={t("maxPrompt")} value={draft.maxPrompt} onValue={(maxPrompt) => put({ maxPrompt })} />
        <Numeric
          label={t("maxCompletion")}
          value={draft.maxCompletion}
          onValue={(maxCompletion) => put({ maxCompletion })}
        />
        <Numeric
          label={t("maxRequest")}
          value={draft.maxRequest}
          onValue={(maxRequest) => put({ maxRequest })}
        />
        <Checkbox checked={draft.freeOnly} onChange={(event) => put({ freeOnly: event.target.checked })}>
          {t("freeOnly")}
        </Checkbox>
      </div>
    </details>
  );
}

function Numeric({
  label,
  value,
  onValue,
  whole = false,
}: {
  label: string;
  value: string;
  onValue: (value: string) => void;
  whole?: boolean;
}) {
  return (
    <Field label={label}>
      <Input
        type="number"
        min={0}
        step={whole ? 1 : "any"}
        value={value}
        onChange={(event) => onValue(event.target.value)}
      />
    </Field>
  );
}

/** JSON that is sent if it is ticked. */
function Json({
  words,
  on,
  text,
  wrong,
  onOn,
  onText,
}: {
  words: string;
  on: boolean;
  text: string;
  wrong?: string;
  onOn: (on: boolean) => void;
  onText: (text: string) => void;
}) {
  return (
    <div className="flex flex-col gap-2">
      <Checkbox checked={on} onChange={(event) => onOn(event.target.checked)}>
        {words}
      </Checkbox>
      {on && (
        <Field label={<span className="sr-only">{words}</span>} error={wrong}>
          <Textarea
            rows={9}
            spellCheck={false}
            className="font-mono text-xs"
            value={text}
            onChange={(event) => onText(event.target.value)}
          />
        </Field>
      )}
    </div>
  );
}
