import { CircleCheck, TriangleAlert } from "lucide-react";
import { useEffect, useSyncExternalStore } from "react";
import { cx } from "@/lib/cx";

type Toast = { id: number; text: string; bad: boolean };

let toasts: Toast[] = [];
let next = 1;
const watchers = new Set<() => void>();

function put(list: Toast[]) {
  toasts = list;
  for (const watcher of watchers) watcher();
}

/** Says in passing that something was done, or was not. What must be acted upon stands on the page instead. */
export function toast(text: string, bad = false): void {
  put([...toasts.slice(-3), { id: next++, text, bad }]);
}

const watch = (watcher: () => void) => {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
};

export function Toasts() {
  const list = useSyncExternalStore(watch, () => toasts);
  const oldest = list[0]?.id;
  useEffect(() => {
    if (oldest === undefined) return;
    const timer = setTimeout(() => put(toasts.filter(({ id }) => id !== oldest)), 5000);
    return () => clearTimeout(timer);
  }, [oldest]);
  return (
    <div
      aria-live="polite"
      className="pointer-events-none fixed inset-x-0 bottom-4 z-50 flex flex-col items-center gap-2 px-4"
    >
      {list.map(({ id, text, bad }) => (
        <p
          key={id}
          className={cx(
            "flex max-w-lg items-center gap-2 rounded-lg border border-line bg-surface px-4 py-2.5 shadow-float",
            bad ? "text-bad" : "text-text",
          )}
        >
          {bad ? <TriangleAlert size={16} /> : <CircleCheck size={16} className="text-good" />}
          {text}
        </p>
      ))}
    </div>
  );
}
