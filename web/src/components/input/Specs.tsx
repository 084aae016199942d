import { type ReactElement, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox, Field, Input, Select, Textarea } from "@/components/ui/Field";
import { get, set, type Tree } from "@/lib/path";

/** A setting as a form shows it. `initial` is what holds where nothing is said, as the configuration's own table has it. */
export type Spec = {
  path: string;
  kind:
    | "whole"
    | "number"
    | "share"
    | "wait"
    | "dollars"
    | "flag"
    | "text"
    | "long"
    | "word"
    | "words"
    | "numbers"
    | "which";
  initial?: string;
  min?: number;
  max?: number;
  options?: readonly string[];
};

/** Label and hint of a setting, in the reader's language. */
export type Words = (path: string) => { label: string; hint?: string };

type Props = {
  specs: readonly Spec[];
  body: Tree;
  onBody: (body: Tree) => void;
  wrong: (path: string) => string | undefined;
  words: Words;
};

/** Fields for settings of a part of the configuration. What is left empty is not written: its default holds and is shown. */
export function Specs({ specs, body, onBody, wrong, words }: Props) {
  return specs.map((spec) => (
    <One
      key={spec.path}
      spec={spec}
      value={get(body, spec.path)}
      onValue={(value) => onBody(set(body, spec.path, value))}
      error={wrong(spec.path)}
      {...words(spec.path)}
    />
  ));
}

type OneProps = {
  spec: Spec;
  value: unknown;
  onValue: (value: unknown) => void;
  error?: string;
  label: string;
  hint?: string;
};

function One({ spec, value, onValue, error, label, hint }: OneProps) {
  if (spec.kind === "flag")
    return <Flag spec={spec} value={value} onValue={onValue} error={error} label={label} hint={hint} />;
  return (
    <Field label={label} hint={hint} error={error}>
      {control(spec, value, onValue)}
    </Field>
  );
}

/** On, off, or whatever the default is: three states, as the configuration has them. */
function Flag({ spec, value, onValue, error, label, hint }: OneProps) {
  const id = useId();
  const initial = spec.initial === "true";
  const on = value === undefined ? initial : value === true;
  return (
    <div className="self-center">
      <Checkbox
        checked={on}
        aria-describedby={hint ? id : undefined}
        onChange={(event) => onValue(event.target.checked === initial ? undefined : event.target.checked)}
      >
        {label}
      </Checkbox>
      {hint && (
        <p id={id} className="pl-6 text-sm text-muted">
          {hint}
        </p>
      )}
      {error && <p className="text-sm text-bad">{error}</p>}
    </div>
  );
}

function control(spec: Spec, value: unknown, onValue: (value: unknown) => void): ReactElement<ControlProps> {
  const list = Array.isArray(value) ? value.join(", ") : undefined;
  switch (spec.kind) {
    case "word":
      return <Choice options={spec.options ?? []} initial={spec.initial} value={value} onValue={onValue} />;
    case "whole":
    case "number":
    case "share":
    case "dollars":
      return <Numeric spec={spec} value={value} onValue={onValue} />;
    case "words":
      return <Text spec={spec} value={list ?? value} onText={(text) => onValue(parts(text))} />;
    case "numbers":
      return <Text spec={spec} value={list ?? value} onText={(text) => onValue(parts(text)?.map(Number))} />;
    case "long":
      return <Text long spec={spec} value={value} onText={(text) => onValue(text || undefined)} />;
    default:
      return <Text spec={spec} value={value} onText={(text) => onValue(text || undefined)} />;
  }
}

const parts = (text: string) => {
  const found = text
    .split(/[,\n]/)
    .map((part) => part.trim())
    .filter(Boolean);
  return found.length > 0 ? found : undefined;
};

type ControlProps = { id?: string; "aria-describedby"?: string; "aria-invalid"?: boolean };

function Choice({
  options,
  initial,
  value,
  onValue,
  ...wired
}: ControlProps & {
  options: readonly string[];
  initial?: string;
  value: unknown;
  onValue: (value: unknown) => void;
}) {
  return (
    <Select
      {...wired}
      value={String(value ?? initial ?? "")}
      onChange={(event) =>
        onValue(event.target.value === initial || event.target.value === "" ? undefined : event.target.value)
      }
    >
      {initial === undefined && <option value="">–</option>}
      {options.map((option) => (
        <option key={option}>{option}</option>
      ))}
    </Select>
  );
}

/** A number. What was typed stands until it is a number; only numbers are handed on. */
function Numeric({
  spec,
  value,
  onValue,
  ...wired
}: ControlProps & { spec: Spec; value: unknown; onValue: (value: unknown) => void }) {
  const [text, setText] = useState(value === undefined ? "" : String(value));
  const share = spec.kind === "share";
  return (
    <Input
      {...wired}
      type="number"
      step={spec.kind === "whole" ? 1 : "any"}
      min={spec.min ?? 0}
      max={spec.max ?? (share ? 1 : undefined)}
      placeholder={spec.initial}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        const number = event.target.valueAsNumber;
        onValue(Number.isNaN(number) ? undefined : number);
      }}
    />
  );
}

function Text({
  spec,
  value,
  onText,
  long = false,
  ...wired
}: ControlProps & { spec: Spec; value: unknown; onText: (text: string) => void; long?: boolean }) {
  const { t } = useTranslation();
  const [text, setText] = useState(value === undefined || value === null ? "" : String(value));
  const put = (next: string) => {
    setText(next);
    onText(next.trim());
  };
  if (long)
    return (
      <Textarea
        {...wired}
        dir="auto"
        placeholder={spec.initial}
        value={text}
        onChange={(event) => put(event.target.value)}
      />
    );
  return (
    <Input
      {...wired}
      dir="auto"
      placeholder={spec.initial ?? (spec.kind === "wait" ? t("waitExample") : undefined)}
      value={text}
      onChange={(event) => put(event.target.value)}
    />
  );
}
