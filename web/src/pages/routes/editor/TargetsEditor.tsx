import { Plus, Trash2 } from "lucide-react";
import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { Sortable } from "@/components/input/Sortable";
import { Button, IconButton } from "@/components/ui/Button";
import { Input, Select } from "@/components/ui/Field";
import { percent } from "@/lib/format";
import { newTarget, type Target, type TargetKind } from "./targets";

type Props = {
  targets: Target[];
  onChange: (targets: Target[]) => void;
  /** Whether each target's own weight counts; `shares`: as a share beside the others'. */
  weights: "none" | "shares" | "opinion";
  names: { deployments: string[]; routes: string[] };
  wrong: (path: string) => string | undefined;
};

/** The targets of a route, in their order. */
export function TargetsEditor({ targets, onChange, weights, names, wrong }: Props) {
  const { t } = useTranslation("routes");
  const list = useId();
  const sum = targets.reduce((all, target) => all + (target.weight ?? 1), 0);
  const put = (id: number, change: Partial<Target>) =>
    onChange(targets.map((target) => (target.id === id ? { ...target, ...change } : target)));
  return (
    <div className="flex flex-col gap-2">
      <datalist id={`${list}deployment`}>
        {names.deployments.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <datalist id={`${list}route`}>
        {names.routes.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <Sortable
        items={targets}
        onChange={onChange}
        handle={(number) => t("targets.move", { number })}
        className="flex flex-wrap items-center gap-2 p-2"
      >
        {(target, index, handle) => (
          <Row
            target={target}
            index={index}
            handle={handle}
            list={`${list}${target.kind}`}
            weights={weights}
            share={weights === "shares" && sum > 0 ? (target.weight ?? 1) / sum : null}
            error={
              wrong(`targets[${index}]`) ??
              wrong(`targets[${index}].${target.kind}`) ??
              wrong(`targets[${index}].weight`)
            }
            onPut={(change) => put(target.id, change)}
            onRemove={() => onChange(targets.filter((one) => one.id !== target.id))}
          />
        )}
      </Sortable>
      {wrong("targets") && <p className="text-sm text-bad">{wrong("targets")}</p>}
      <Button
        small
        className="self-start"
        icon={<Plus size={14} />}
        onClick={() => onChange([...targets, newTarget()])}
      >
        {t("targets.add")}
      </Button>
    </div>
  );
}

type RowProps = {
  target: Target;
  index: number;
  handle: ReactNode;
  list: string;
  weights: Props["weights"];
  share: number | null;
  error: string | undefined;
  onPut: (change: Partial<Target>) => void;
  onRemove: () => void;
};

function Row({ target, index, handle, list, weights, share, error, onPut, onRemove }: RowProps) {
  const { t } = useTranslation("routes");
  const number = index + 1;
  return (
    <>
      {handle}
      <span className="num w-5 text-muted">{number}</span>
      <Select
        aria-label={t("targets.kind", { number })}
        className="w-32"
        value={target.kind}
        onChange={(event) => onPut({ kind: event.target.value as TargetKind })}
      >
        <option value="deployment">{t("targets.deployment")}</option>
        <option value="route">{t("targets.route")}</option>
        <option value="select">{t("targets.select")}</option>
      </Select>
      <Input
        aria-label={t("targets.name", { number })}
        aria-invalid={error ? true : undefined}
        list={target.kind === "select" ? undefined : list}
        spellCheck={false}
        required
        placeholder={
          target.kind === "select"
            ? "free:true context>=32k"
            : target.kind === "route"
              ? "wye/auto"
              : "groq/llama-3.3-70b-versatile"
        }
        className="min-w-40 flex-1 font-mono text-xs"
        value={target.text}
        onChange={(event) => onPut({ text: event.target.value })}
      />
      {weights !== "none" && (
        <span className="flex items-center gap-2">
          <input
            type="range"
            aria-label={t("targets.weight", { number })}
            aria-valuetext={share === null ? undefined : percent(share)}
            min={0}
            max={weights === "shares" ? 100 : 1}
            step={weights === "shares" ? 1 : 0.05}
            value={target.weight ?? (weights === "shares" ? 1 : 0.5)}
            onChange={(event) => onPut({ weight: event.target.valueAsNumber })}
            className="w-28 accent-[var(--accent)]"
          />
          <output className="num w-14 text-right text-sm">
            {share === null ? (target.weight ?? 0.5).toFixed(2) : percent(share)}
          </output>
        </span>
      )}
      <IconButton label={t("targets.remove", { number })} onClick={onRemove}>
        <Trash2 size={16} />
      </IconButton>
      {error && <p className="w-full pl-9 text-sm text-bad">{error}</p>}
    </>
  );
}
