import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { schemaQuery } from "@/api/config";
import { Checkbox, Field, Textarea } from "@/components/ui/Field";
import { apisOf, type Scope } from "./scope";

/** Which names and APIs a key may call, or the keys of a team. */
export function Scopes({
  kind,
  value,
  onChange,
  wrong,
}: {
  kind: "key" | "team";
  value: Scope;
  onChange: (value: Scope) => void;
  wrong: (field: string) => string | undefined;
}) {
  const { t } = useTranslation("keys");
  const { data: schema } = useQuery(schemaQuery(kind));
  const known = apisOf(schema);
  // What is ticked stays in sight, whatever the table says of it.
  const apis = [...known, ...value.apis.filter((api) => !known.includes(api))];
  const toggle = (api: string, on: boolean) =>
    onChange({ ...value, apis: on ? [...value.apis, api] : value.apis.filter((one) => one !== api) });
  return (
    <>
      <Field label={t("models")} hint={t("modelsHint")} error={wrong("models")}>
        <Textarea
          rows={2}
          spellCheck={false}
          className="font-mono text-xs"
          placeholder={"wye/auto\ngroq/*"}
          value={value.models}
          onChange={(event) => onChange({ ...value, models: event.target.value })}
        />
      </Field>
      <fieldset className="min-w-0">
        <legend className="text-sm font-medium">{t("apis")}</legend>
        <p className="mb-1 text-sm text-muted">{t("apisHint")}</p>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          {apis.map((api) => (
            <Checkbox
              key={api}
              checked={value.apis.includes(api)}
              onChange={(event) => toggle(api, event.target.checked)}
            >
              <code className="font-mono text-xs">{api}</code>
            </Checkbox>
          ))}
        </div>
        {wrong("apis") && <p className="text-sm text-bad">{wrong("apis")}</p>}
      </fieldset>
      <Checkbox
        checked={value.freeOnly}
        onChange={(event) => onChange({ ...value, freeOnly: event.target.checked })}
      >
        {t("freeOnly")}
      </Checkbox>
    </>
  );
}
