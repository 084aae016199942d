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
import { GripVertical } from "lucide-react";
import type { ReactNode } from "react";
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

/** A list whose order is chosen: by dragging, or with the keyboard (space, arrows, space). It says aloud what it does. */
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
              {(grip) => children(item, index, grip)}
            </Row>
          ))}
        </ol>
      </SortableContext>
    </DndContext>
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
