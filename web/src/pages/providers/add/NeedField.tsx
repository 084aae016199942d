import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Need, providersQuery } from "@/api/providers";
import { Field, Input, Select } from "@/components/ui/Field";
import { useMeaning } from "@/lib/meaning";

/** One thing that a person must say of a provider. */
export function NeedField({
  need,
  first,
  value,
  onValue,
  error,
  usual,
}: {
  need: Need;
  first: boolean;
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
  /** What holds where nothing is written. */
  usual?: string | null;
}) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  const { text } = useMeaning();
  const known = need.name === "api_key" || need.name === "base_url" || need.name === "dialect";
  const label = known ? t(`need.${need.name as "api_key"}`) : need.label;
  const hint =
    text(need.hint) || (need.name === "base_url" && need.required ? t("need.base_urlHint") : undefined);
  return (
    <Field label={label} hint={hint} error={error} optional={need.required ? undefined : common("optional")}>
      {need.name === "dialect" ? (
        <Dialects required={need.required} value={value} onValue={onValue} />
      ) : (
        <Input
          required={need.required}
          autoFocus={first}
          type={need.secret ? "password" : need.name === "base_url" ? "url" : "text"}
          // A key is neither the reader's password nor to be remembered by the browser.
          autoComplete={need.secret ? "new-password" : "off"}
          spellCheck={false}
          className={need.secret ? "font-mono" : undefined}
          placeholder={usual ?? undefined}
          value={value}
          onChange={(event) => onValue(event.target.value)}
        />
      )}
    </Field>
  );
}

function Dialects({
  required,
  value,
  onValue,
  ...wired
}: {
  required: boolean;
  value: string;
  onValue: (value: string) => void;
  id?: string;
}) {
  const { data } = useQuery(providersQuery);
  const names = useMemo(() => [...new Set((data ?? []).flatMap(({ dialects }) => dialects))].sort(), [data]);
  return (
    <Select {...wired} required={required} value={value} onChange={(event) => onValue(event.target.value)}>
      <option value="">–</option>
      {names.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </Select>
  );
}
