import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useTerms } from "@/components/common/terms";
import { Sortable } from "@/components/input/Sortable";
import { type Spec, Specs } from "@/components/input/Specs";
import { Button, IconButton } from "@/components/ui/Button";
import { Checkbox } from "@/components/ui/Field";
import { get, isTree, set, type Tree } from "@/lib/path";
import { CATEGORIES } from "./specs";

const CONDITION: readonly Spec[] = [
  { path: "rule_id", kind: "text" },
  { path: "max_input_tokens_lt", kind: "whole", min: 1 },
  { path: "any_of_tags", kind: "words" },
  { path: "primary_model", kind: "text" },
  { path: "fallback_model", kind: "text" },
];
const PATTERN: readonly Spec[] = [
  { path: "pattern", kind: "text" },
  { path: "target", kind: "text" },
  { path: "case_sensitive", kind: "flag", initial: "false" },
];
/** What a condition may want to be so, or not to be so. */
const FACTS = ["requires_reasoning", "requires_tool_calling", "has_multimodal_input"] as const;

type Props = { body: Tree; onBody: (body: Tree) => void; wrong: (path: string) => string | undefined };

const rows = (body: Tree, path: string): Tree[] => {
  const found = get(body, path);
  return Array.isArray(found) ? found.filter(isTree) : [];
};

/** Rules: conditions that must hold, in their order, then patterns. By form, not by JSON. */
export function RulesEditor(props: Props) {
  const { t } = useTranslation("routes");
  return (
    <>
      <List
        {...props}
        path="rules.conditions"
        specs={CONDITION}
        title={t("rules.conditions")}
        add={t("rules.addCondition")}
        full
      />
      <List
        {...props}
        path="rules.patterns"
        specs={PATTERN}
        title={t("rules.patterns")}
        add={t("rules.addPattern")}
      />
    </>
  );
}

type ListProps = Props & { path: string; specs: readonly Spec[]; title: string; add: string; full?: boolean };

/** A rule in its form. Rules have no name of their own: the number is what tells them apart while they are edited. */
type Rule = { id: number; row: Tree };
let next = 1;

function List({ body, onBody, wrong, path, specs, title, add, full = false }: ListProps) {
  const { t } = useTranslation("routes");
  const found = rows(body, path);
  const [ids, setIds] = useState(() => found.map(() => next++));
  const rules = found.map((row, at): Rule => ({ id: ids[at] ?? -at, row }));
  const write = (list: Rule[]) => {
    setIds(list.map(({ id }) => id));
    onBody(set(body, path, list.length > 0 ? list.map(({ row }) => row) : undefined));
  };
  const put = (id: number, row: Tree) => write(rules.map((rule) => (rule.id === id ? { id, row } : rule)));
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-sm font-medium">{title}</legend>
      <Sortable
        items={rules}
        onChange={write}
        handle={(number) => t(full ? "rules.moveCondition" : "rules.movePattern", { number })}
        className="p-3"
      >
        {({ id, row }, at, handle) => (
          <>
            <div className="mb-2 flex items-center justify-between">
              <span className="flex items-center gap-1.5">
                {handle}
                <span className="num text-sm text-muted">{t("rules.number", { number: at + 1 })}</span>
              </span>
              <IconButton
                label={t("rules.remove")}
                onClick={() => write(rules.filter((rule) => rule.id !== id))}
              >
                <Trash2 size={15} />
              </IconButton>
            </div>
            <div className="grid gap-3 sm:grid-cols-2">
              <Specs
                specs={specs}
                body={row}
                onBody={(changed) => put(id, changed)}
                wrong={(field) => wrong(`${path}[${at}].${field}`)}
                words={(field) => words(t, field)}
              />
            </div>
            {full && <Wants row={row} onRow={(changed) => put(id, changed)} />}
          </>
        )}
      </Sortable>
      <Button
        small
        className="mt-2"
        icon={<Plus size={14} />}
        onClick={() =>
          write([...rules, { id: next++, row: full ? { primary_model: 0 } : { pattern: "", target: 0 } }])
        }
      >
        {add}
      </Button>
    </fieldset>
  );
}

/** The facts and categories that a condition wants. */
function Wants({ row, onRow }: { row: Tree; onRow: (row: Tree) => void }) {
  const { t } = useTranslation("routes");
  const term = useTerms();
  const categories = Array.isArray(row.category) ? row.category.map(String) : [];
  const toggle = (name: string, on: boolean) => {
    const next = on ? [...categories, name] : categories.filter((one) => one !== name);
    onRow(set(row, "category", next.length > 0 ? next : undefined));
  };
  return (
    <div className="mt-3 flex flex-col gap-2">
      <div className="flex flex-wrap gap-x-5 gap-y-1">
        {FACTS.map((fact) => (
          <Checkbox
            key={fact}
            checked={row[fact] === true}
            onChange={(event) => onRow(set(row, fact, event.target.checked || undefined))}
          >
            {t(`rules.${fact}`)}
          </Checkbox>
        ))}
        <Checkbox
          checked={row.is_default_fallback === true}
          onChange={(event) => onRow(set(row, "is_default_fallback", event.target.checked || undefined))}
        >
          {t("rules.always")}
        </Checkbox>
      </div>
      <p className="text-sm text-muted">{t("rules.categories")}</p>
      <div className="flex flex-wrap gap-x-4 gap-y-1">
        {CATEGORIES.map((name) => (
          <Checkbox
            key={name}
            checked={categories.includes(name)}
            onChange={(event) => toggle(name, event.target.checked)}
          >
            {term("category", name)}
          </Checkbox>
        ))}
      </div>
    </div>
  );
}

type Translate = ReturnType<typeof useTranslation<"routes">>["t"];

function words(t: Translate, field: string) {
  const known = {
    rule_id: "ruleId",
    max_input_tokens_lt: "fewer",
    any_of_tags: "tags",
    primary_model: "first",
    fallback_model: "else",
    pattern: "pattern",
    target: "target",
    case_sensitive: "capitals",
  } as const;
  const name = known[field as keyof typeof known];
  return { label: t(`rules.${name}`), hint: field === "any_of_tags" ? "heavy-logic, tool-heavy" : undefined };
}
