import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { chatModelsQuery } from "@/api/guide";
import { Input } from "@/components/ui/Field";
import { cx } from "@/lib/cx";

/** How many names are shown at once; more are found by typing. */
const MOST = 60;

const KINDS = ["deployment", "route", "alias", "built_in"] as const;
const isKind = (what: string): what is (typeof KINDS)[number] => (KINDS as readonly string[]).includes(what);

/** Chooses a name to chat with: by searching in all there are, or by writing one that is not listed. */
export function ModelPicker({
  value,
  onChange,
  label,
  ...wired
}: {
  value: string;
  onChange: (name: string) => void;
  /** Its name where no visible label says it. */
  label?: string;
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
}) {
  const { t } = useTranslation();
  const { data } = useQuery(chatModelsQuery);
  const list = useId();
  const box = useRef<HTMLDivElement>(null);
  // What is being typed; null: the list is closed and the value shown.
  const [typed, setTyped] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const parts = (typed ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const found = (data ?? []).filter(({ name, label: words }) => {
    const text = `${name} ${words ?? ""}`.toLowerCase();
    return parts.every((part) => text.includes(part));
  });
  const shown = found.slice(0, MOST);
  const open = typed !== null && shown.length > 0;
  const choose = (name: string) => {
    setTyped(null);
    if (name !== value) onChange(name);
  };
  const move = (to: number) => {
    const next = Math.min(Math.max(to, 0), shown.length - 1);
    setAt(next);
    box.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };
  const begin = () => {
    if (typed !== null) return;
    setTyped("");
    setAt(0);
  };
  const press = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (typed === null) begin();
      else move(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && typed !== null) {
      event.preventDefault();
      const name = open ? shown[at]?.name : typed.trim();
      if (name) choose(name);
    } else if (event.key === "Escape" && typed !== null) {
      event.preventDefault();
      setTyped(null);
    }
  };
  return (
    <div className="relative min-w-0 flex-1">
      <Input
        {...wired}
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={open ? `${list}${at}` : undefined}
        autoComplete="off"
        spellCheck={false}
        dir="auto"
        placeholder={value || t("model.choose")}
        value={typed ?? value}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onClick={begin}
        onKeyDown={press}
        onBlur={() => {
          const name = typed?.trim();
          if (name && data?.some((model) => model.name === name)) choose(name);
          else setTyped(null);
        }}
      />
      <div
        ref={box}
        id={list}
        role="listbox"
        aria-label={label ?? t("model.label")}
        hidden={!open}
        className="absolute z-30 mt-1 max-h-72 w-full min-w-56 overflow-y-auto rounded-lg border border-line bg-surface p-1 shadow-float"
      >
        {shown.map((model, row) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled where the focus is, in the field
          <div
            key={model.name}
            id={`${list}${row}`}
            role="option"
            aria-selected={row === at}
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => choose(model.name)}
            onMouseMove={() => setAt(row)}
            className={cx("cursor-pointer rounded px-2 py-1", row === at && "bg-sunken")}
          >
            <bdi className="block break-words">{model.name}</bdi>
            <span className="text-xs text-muted">
              {isKind(model.what) ? t(`model.what.${model.what}`) : model.what}
            </span>
          </div>
        ))}
      </div>
    </div>
  );
}
