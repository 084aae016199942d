import { ArrowDown, ArrowUp, Plus, Trash2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useTerms } from "@/components/common/terms";
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

function List({ body, onBody, wrong, path, specs, title, add, full = false }: ListProps) {
  const { t } = useTranslation("routes");
  const list = rows(body, path);
  const write = (next: Tree[]) => onBody(set(body, path, next.length > 0 ? next : undefined));
  const swap = (from: number, to: number) => {
    const [a, b] = [list[from], list[to]];
    if (a && b) write(list.map((row, at) => (at === from ? b : at === to ? a : row)));
  };
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-sm font-medium">{title}</legend>
      <ol className="flex flex-col gap-3">
        {list.map((row, at) => (
          // The text of the row is part of its key: what was moved is drawn anew where it is now.
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no other name than their place
          <li key={`${at} of ${list.length}`} className="rounded-md border border-line p-3">
            <div className="mb-2 flex items-center justify-between">
              <span className="num text-sm text-muted">{t("rules.number", { number: at + 1 })}</span>
              <span className="flex">
                <IconButton label={t("rules.up")} disabled={at === 0} onClick={() => swap(at, at - 1)}>
                  <ArrowUp size={15} />
                </IconButton>
                <IconButton
                  label={t("rules.down")}
                  disabled={at === list.length - 1}
                  onClick={() => swap(at, at + 1)}
                >
                  <ArrowDown size={15} />
                </IconButton>
                <IconButton
                  label={t("rules.remove")}
                  onClick={() => write(list.filter((_, index) => index !== at))}
                >
                  <Trash2 size={15} />
                </IconButton>
              </span>
            </div>
            <div className="grid gap-3 sm:grid-cols-2">
              <Specs
                key={JSON.stringify([row.rule_id, row.pattern, at])}
                specs={specs}
                body={row}
                onBody={(next) => write(list.map((one, index) => (index === at ? next : one)))}
                wrong={(field) => wrong(`${path}[${at}].${field}`)}
                words={(field) => words(t, field)}
              />
            </div>
            {full && (
              <Wants
                row={row}
                onRow={(next) => write(list.map((one, index) => (index === at ? next : one)))}
              />
            )}
          </li>
        ))}
      </ol>
      <Button
        small
        className="mt-2"
        icon={<Plus size={14} />}
        onClick={() => write([...list, full ? { primary_model: 0 } : { pattern: "", target: 0 }])}
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
