import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Model } from "@/api/models";
import { Button } from "@/components/ui/Button";
import { Checkbox, Input, Select } from "@/components/ui/Field";
import { ASK, type Ask, CAPABILITIES, HEALTHS, WHATS } from "./state";

/** What is looked for. All of it is in the URL. */
export function Filters({
  models,
  ask,
  put,
}: {
  models: readonly Model[];
  ask: Ask;
  put: (change: Partial<Ask>) => void;
}) {
  const { t } = useTranslation("models");
  const providers = useMemo(
    () => [...new Set(models.flatMap(({ provider }) => provider ?? []))].sort(),
    [models],
  );
  const choice = (name: keyof Ask, label: string, options: readonly (readonly [string, string])[]) => (
    <Select
      className="w-auto max-w-44"
      aria-label={label}
      value={ask[name]}
      onChange={(event) => put({ [name]: event.target.value })}
    >
      <option value="">{label}</option>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </Select>
  );
  const active = Object.values(ask).some((value) => value !== "");
  return (
    <search className="flex flex-wrap items-center gap-2">
      <Input
        type="search"
        className="w-56"
        dir="auto"
        aria-label={t("filter.text")}
        placeholder={t("filter.text")}
        value={ask.text}
        onChange={(event) => put({ text: event.target.value })}
      />
      {choice(
        "provider",
        t("filter.provider"),
        providers.map((name) => [name, name]),
      )}
      {choice(
        "capability",
        t("filter.capability"),
        CAPABILITIES.map((name) => [name, t(`can.${name}`)]),
      )}
      {choice(
        "health",
        t("filter.health"),
        HEALTHS.map((name) => [name, t(`health.${name}`)]),
      )}
      {choice(
        "what",
        t("filter.what"),
        WHATS.map((name) => [name, t(`what.${name}`)]),
      )}
      <Checkbox
        checked={ask.free !== ""}
        onChange={(event) => put({ free: event.target.checked ? "yes" : "" })}
      >
        {t("filter.free")}
      </Checkbox>
      {active && (
        <Button small onClick={() => put(ASK)}>
          {t("filter.clear")}
        </Button>
      )}
    </search>
  );
}
