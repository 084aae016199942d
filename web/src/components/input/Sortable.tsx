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
import { ArrowDown, ArrowUp, GripVertical, type LucideIcon } from "lucide-react";
import { type ReactNode, useState } from "react";
import { flushSync } from "react-dom";
import { useTranslation } from "react-i18next";
import { cx } from "@/lib/cx";

type Props<T> = {
  items: readonly T[];
  onChange: (items: T[]) => void;
  /** The name of the handle of the item at a place, counted from 1. */
  handle: (number: number) => string;
  /** How an item looks; it shows the handle that it is given. */
  children: (item: T, index: number, handle: ReactNode) => ReactNode;
  className?: string;
};

/**
 * A list whose order is chosen: with the arrows of each item, by dragging, or with the keyboard (space, arrows, space). It
 * says aloud what it does.
 */
export function Sortable<T extends { id: number }>({
  items,
  onChange,
  handle,
  children,
  className,
}: Props<T>) {
  const { t } = useTranslation();
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const at = (of: { id: unknown } | null) => items.findIndex((item) => item.id === of?.id);
  const moved = ({ active, over }: DragEndEvent) => {
    if (over && active.id !== over.id) onChange(arrayMove([...items], at(active), at(over)));
  };
  // What a dragged item does is told by its own region, in the same words.
  const [said, setSaid] = useState("");
  const step = (index: number, to: number, button: HTMLElement) => {
    if (to < 0 || to >= items.length) return;
    flushSync(() => {
      onChange(arrayMove([...items], index, to));
      setSaid(t("sort.over", { number: to + 1 }));
    });
    // Whatever is moved in the page loses the focus.
    button.focus();
  };
  const place = (of: { id: unknown } | null) => ({ number: at(of) + 1 });
  const announcements = {
    onDragStart: ({ active }: DragStartEvent) => t("sort.lifted", place(active)),
    onDragOver: ({ over }: DragOverEvent) => (over ? t("sort.over", place(over)) : undefined),
    onDragEnd: ({ over }: DragEndEvent) => t("sort.dropped", place(over)),
    onDragCancel: () => t("sort.left"),
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={moved}
      accessibility={{ announcements, screenReaderInstructions: { draggable: t("sort.how") } }}
    >
      <SortableContext items={items.map(({ id }) => id)} strategy={verticalListSortingStrategy}>
        <ol className="flex flex-col gap-2">
          {items.map((item, index) => (
            <Row key={item.id} id={item.id} label={handle(index + 1)} className={className}>
              {(grip) =>
                children(
                  item,
                  index,
                  <span className="flex items-center">
                    {grip}
                    {items.length > 1 && (
                      <>
                        <Step
                          label={t("sort.up", { what: handle(index + 1) })}
                          icon={ArrowUp}
                          possible={index > 0}
                          onStep={(button) => step(index, index - 1, button)}
                        />
                        <Step
                          label={t("sort.down", { what: handle(index + 1) })}
                          icon={ArrowDown}
                          possible={index < items.length - 1}
                          onStep={(button) => step(index, index + 1, button)}
                        />
                      </>
                    )}
                  </span>,
                )
              }
            </Row>
          ))}
        </ol>
      </SortableContext>
      <p role="status" className="sr-only">
        {said}
      </p>
    </DndContext>
  );
}

/** Moves an item by one place. At the end of the list it does nothing, but can be reached: the focus stays on it. */
function Step({
  label,
  icon: Icon,
  possible,
  onStep,
}: {
  label: string;
  icon: LucideIcon;
  possible: boolean;
  onStep: (button: HTMLElement) => void;
}) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      aria-disabled={!possible || undefined}
      onClick={(event) => onStep(event.currentTarget)}
      className="rounded p-1.5 text-muted hover:bg-sunken aria-disabled:opacity-40"
    >
      <Icon size={16} aria-hidden="true" />
    </button>
  );
}

function Row({
  id,
  label,
  className,
  children,
}: {
  id: number;
  label: string;
  className?: string;
  children: (handle: ReactNode) => ReactNode;
}) {
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } =
    useSortable({ id });
  const style = {
    transform: transform ? `translate3d(0, ${Math.round(transform.y)}px, 0)` : undefined,
    transition,
  };
  return (
    <li
      ref={setNodeRef}
      style={style}
      className={cx(
        "rounded-md border border-line bg-surface",
        className,
        isDragging && "relative z-10 shadow-float",
      )}
    >
      {children(
        <button
          type="button"
          ref={setActivatorNodeRef}
          {...attributes}
          {...listeners}
          aria-label={label}
          className="cursor-grab touch-none rounded p-1 text-muted hover:bg-sunken"
        >
          <GripVertical size={16} aria-hidden="true" />
        </button>,
      )}
    </li>
  );
}
