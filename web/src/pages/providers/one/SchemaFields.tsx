import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Specs } from "@/components/input/Specs";
import { Field, Select, Textarea } from "@/components/ui/Field";
import { useMeaning } from "@/lib/meaning";
import { get, isTree, set, type Tree } from "@/lib/path";
import type words from "@/locales/en/providers.json";
import type { Setting } from "./schema";

type Name = keyof (typeof words)["field"];

type Props = {
  settings: readonly Setting[];
  body: Tree;
  onBody: (body: Tree) => void;
  wrong: (path: string) => string | undefined;
};

/** Fields for settings as the configuration's schema has them, with what it says of them. */
export function SchemaFields({ settings, body, onBody, wrong }: Props) {
  const { t, i18n } = useTranslation("providers");
  const { text } = useMeaning();
  const label = (path: string) => {
    const name = `field.${path.replaceAll(".", "_")}` as `field.${Name}`;
    return i18n.exists(name, { ns: "providers" }) ? String(t(name)) : path;
  };
  return settings.map(({ path, doc, as }) => {
    if (typeof as === "object")
      return (
        <Specs
          key={path}
          specs={[as.spec]}
          body={body}
          onBody={onBody}
          wrong={wrong}
          words={() => ({ label: label(path), hint: text(doc) })}
        />
      );
    const value = get(body, path);
    const put = (next: unknown) => onBody(set(body, path, next));
    return (
      <Field key={path} label={label(path)} hint={text(doc)} error={wrong(path)}>
        {as === "maybe" ? (
          <Maybe value={value} onValue={put} />
        ) : as === "map" ? (
          <Lines value={value} onValue={put} />
        ) : (
          <Json value={value} onValue={put} />
        )}
      </Field>
    );
  });
}

type One = {
  value: unknown;
  onValue: (value: unknown) => void;
  id?: string;
  "aria-describedby"?: string;
  "aria-invalid"?: boolean;
};

/** Yes, no, or nothing said. */
function Maybe({ value, onValue, ...wired }: One) {
  const { t } = useTranslation("providers");
  const { t: common } = useTranslation();
  return (
    <Select
      {...wired}
      value={value === undefined ? "" : String(value)}
      onChange={(event) => onValue(event.target.value === "" ? undefined : event.target.value === "true")}
    >
      <option value="">{t("asKnown")}</option>
      <option value="true">{common("yes")}</option>
      <option value="false">{common("no")}</option>
    </Select>
  );
}

/** Texts by name, one a line: `x-team: research`. */
function Lines({ value, onValue, ...wired }: One) {
  const [text, setText] = useState(() =>
    isTree(value)
      ? Object.entries(value)
          .map(([name, said]) => `${name}: ${said}`)
          .join("\n")
      : "",
  );
  const read = (typed: string) => {
    const pairs = typed
      .split("\n")
      .map((line) => line.split(/:(.*)/s))
      .map(([name = "", said = ""]) => [name.trim(), said.trim()])
      .filter(([name]) => name !== "");
    return pairs.length > 0 ? Object.fromEntries(pairs) : undefined;
  };
  return (
    <Textarea
      {...wired}
      className="font-mono text-xs"
      spellCheck={false}
      placeholder="x-team: research"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onValue(read(event.target.value));
      }}
    />
  );
}

/** A JSON object. Only one that can be read is handed on; the browser keeps a form with another from being sent. */
function Json({ value, onValue, ...wired }: One) {
  const { t } = useTranslation("providers");
  const [text, setText] = useState(() => (value === undefined ? "" : JSON.stringify(value, null, 2)));
  return (
    <Textarea
      {...wired}
      className="font-mono text-xs"
      spellCheck={false}
      placeholder='{ "temperature": 0.2 }'
      value={text}
      onChange={(event) => {
        const typed = event.target.value;
        setText(typed);
        const read = parsed(typed);
        event.target.setCustomValidity(read === null ? t("badJson") : "");
        if (read !== null) onValue(read);
      }}
    />
  );
}

/** `undefined`: nothing is said; `null`: it is no object. */
function parsed(text: string): Tree | undefined | null {
  if (text.trim() === "") return undefined;
  try {
    const read: unknown = JSON.parse(text);
    return isTree(read) ? read : null;
  } catch {
    return null;
  }
}
