import { SlidersHorizontal, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { ASK, type Ask } from "@/api/requests";
import { type TermSet, useTerms, useTermsOf } from "@/components/common/terms";
import { Button } from "@/components/ui/Button";
import { Input, Select } from "@/components/ui/Field";
import { Segmented } from "@/components/ui/Segmented";

const SPANS = ["15m", "1h", "24h", "7d", "30d", "all"] as const;
const MORE = [
  "key",
  "route",
  "provider",
  "model",
  "team",
  "user",
  "tag",
  "tried",
  "passed",
  "strategy",
  "refusal",
  "category",
  "code",
  "status",
] as const;

/** Those of which the gateway has a closed set of names. */
const CHOSEN: Partial<Record<(typeof MORE)[number], TermSet>> = {
  strategy: "strategy",
  refusal: "refusal",
  category: "category",
  code: "code",
};

type Put = (change: Partial<Ask>) => void;

/** What is looked for. All of it is in the URL, so that a finding can be sent to somebody. */
export function Filters({ ask, put }: { ask: Ask; put: Put }) {
  const { t } = useTranslation("requests");
  const term = useTerms();
  const [open, setOpen] = useState(false);
  const active = MORE.filter((name) => ask[name] !== "");
  return (
    <search className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Segmented
          label={t("filter.since")}
          value={ask.since as (typeof SPANS)[number]}
          onChange={(since) => put({ since })}
          options={SPANS.map((value) => ({ value, label: t(`span.${value}`) }))}
        />
        <Select
          className="w-auto"
          aria-label={t("filter.ended")}
          value={ask.failed}
          onChange={(event) => put({ failed: event.target.value })}
        >
          <option value="">{t("filter.all")}</option>
          <option value="true">{t("filter.failed")}</option>
          <option value="false">{t("filter.well")}</option>
        </Select>
        <Typed
          className="w-56"
          label={t("filter.text")}
          value={ask.text}
          onChange={(text) => put({ text })}
          type="search"
        />
        <Button icon={<SlidersHorizontal size={16} />} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("filter.more")}
        </Button>
        {active.map((name) => {
          const set = CHOSEN[name];
          return (
            <button
              key={name}
              type="button"
              onClick={() => put({ [name]: "" })}
              className="inline-flex h-7 max-w-72 items-center gap-1 rounded-full bg-accent-soft pr-2 pl-3 text-sm text-accent hover:bg-sunken"
            >
              <span className="truncate">
                {t(`col.${name}`)}: <bdi>{set ? term(set, ask[name]) : ask[name]}</bdi>
              </span>
              <X size={14} aria-label={t("filter.remove")} />
            </button>
          );
        })}
      </div>
      {open && (
        <div className="grid grid-cols-2 gap-2 rounded-lg border border-line bg-surface p-3 sm:grid-cols-3 lg:grid-cols-5">
          {MORE.map((name) => {
            const set = CHOSEN[name];
            const wired = {
              label: t(`col.${name}`),
              value: ask[name],
              onChange: (value: string) => put({ [name]: value }),
            };
            return set ? <Chosen key={name} set={set} {...wired} /> : <Typed key={name} {...wired} />;
          })}
          <Select
            aria-label={t("filter.stream")}
            value={ask.stream}
            onChange={(event) => put({ stream: event.target.value })}
          >
            <option value="">{t("filter.anyStream")}</option>
            <option value="true">{t("filter.streams")}</option>
            <option value="false">{t("filter.whole")}</option>
          </Select>
          <Button onClick={() => put({ ...ASK, since: ask.since })}>{t("filter.clear")}</Button>
        </div>
      )}
    </search>
  );
}

/** One of the gateway's own names. */
function Chosen({
  set,
  label,
  value,
  onChange,
}: {
  set: TermSet;
  label: string;
  value: string;
  onChange: (value: string) => void;
}) {
  const names = useTermsOf(set);
  return (
    <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{label}</option>
      {names.map(([name, words]) => (
        <option key={name} value={name}>
          {words}
        </option>
      ))}
    </Select>
  );
}

/** A text that is taken over when it has been typed, not with every letter: each change asks the database. */
function Typed({
  label,
  value,
  onChange,
  ...rest
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string;
  type?: string;
}) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const take = () => text.trim() !== value && onChange(text.trim());
  return (
    <Input
      {...rest}
      dir="auto"
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={take}
      onKeyDown={(event) => event.key === "Enter" && take()}
    />
  );
}
