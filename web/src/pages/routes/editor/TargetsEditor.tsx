import {
  closestCenter,
  DndContext,
  type DragEndEvent,
  type DragOverEvent,
  type DragStartEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from "@dnd-kit/core";
import {
  arrayMove,
  SortableContext,
  sortableKeyboardCoordinates,
  useSortable,
  verticalListSortingStrategy,
} from "@dnd-kit/sortable";
import { GripVertical, Plus, Trash2 } from "lucide-react";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "@/components/ui/Button";
import { Input, Select } from "@/components/ui/Field";
import { cx } from "@/lib/cx";
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

/** The targets of a route, in their order: moved by dragging or with the keyboard (space, arrows, space). */
export function TargetsEditor({ targets, onChange, weights, names, wrong }: Props) {
  const { t } = useTranslation("routes");
  const list = useId();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const sum = targets.reduce((all, target) => all + (target.weight ?? 1), 0);
  const moved = ({ active, over }: DragEndEvent) => {
    if (!over || active.id === over.id) return;
    const at = (id: unknown) => targets.findIndex((target) => target.id === id);
    onChange(arrayMove(targets, at(active.id), at(over.id)));
  };
  const place = (of: { id: unknown } | null) => targets.findIndex((target) => target.id === of?.id) + 1;
  const announcements = {
    onDragStart: ({ active }: DragStartEvent) => t("targets.lifted", { number: place(active) }),
    onDragOver: ({ over }: DragOverEvent) => (over ? t("targets.over", { number: place(over) }) : undefined),
    onDragEnd: ({ over }: DragEndEvent) => t("targets.dropped", { number: place(over) }),
    onDragCancel: () => t("targets.left"),
  };
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
      <DndContext
        sensors={sensors}
        collisionDetection={closestCenter}
        onDragEnd={moved}
        accessibility={{ announcements, screenReaderInstructions: { draggable: t("targets.how") } }}
      >
        <SortableContext items={targets.map((target) => target.id)} strategy={verticalListSortingStrategy}>
          <ol className="flex flex-col gap-2">
            {targets.map((target, index) => (
              <Row
                key={target.id}
                target={target}
                index={index}
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
            ))}
          </ol>
        </SortableContext>
      </DndContext>
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
  list: string;
  weights: Props["weights"];
  share: number | null;
  error: string | undefined;
  onPut: (change: Partial<Target>) => void;
  onRemove: () => void;
};

function Row({ target, index, list, weights, share, error, onPut, onRemove }: RowProps) {
  const { t } = useTranslation("routes");
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } =
    useSortable({ id: target.id });
  const number = index + 1;
  const style = {
    transform: transform ? `translate3d(0, ${Math.round(transform.y)}px, 0)` : undefined,
    transition,
  };
  return (
    <li
      ref={setNodeRef}
      style={style}
      className={cx(
        "flex flex-wrap items-center gap-2 rounded-md border border-line bg-surface p-2",
        isDragging && "relative z-10 shadow-float",
      )}
    >
      <button
        type="button"
        ref={setActivatorNodeRef}
        {...attributes}
        {...listeners}
        aria-label={t("targets.move", { number })}
        className="cursor-grab touch-none rounded p-1 text-muted hover:bg-sunken"
      >
        <GripVertical size={16} aria-hidden="true" />
      </button>
      <span className="num w-5 text-muted">{number}</span>
      <Select
        aria-label={t("targets.kind", { number })}
        className="w-36"
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
        className="min-w-48 flex-1 font-mono text-xs"
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
    </li>
  );
}
