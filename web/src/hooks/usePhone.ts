import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 640px)";

function watch(onChange: () => void): () => void {
  const list = matchMedia(NARROW);
  list.addEventListener("change", onChange);
  return () => list.removeEventListener("change", onChange);
}

/** Whether the window is as narrow as a phone: for what stands elsewhere there. What only looks different is a matter of classes. */
export const usePhone = (): boolean => useSyncExternalStore(watch, () => matchMedia(NARROW).matches);
