import { useEffect, useState } from "react";
import { under } from "@/lib/url";
import type { components } from "./schema.gen";

/** A request that has just ended, as the live stream tells it. */
export type LiveRequest = components["schemas"]["LiveRequest"];
export type LiveState = "opening" | "open" | "away";

/** How many of the newest are kept on the page. */
const MOST = 200;

/**
 * The requests as they end, newest first. The browser goes on from the last one by itself after the connection broke or
 * the gateway was started anew; what comes twice is left out.
 */
export function useLive(paused: boolean): { rows: LiveRequest[]; state: LiveState } {
  const [rows, setRows] = useState<LiveRequest[]>([]);
  const [state, setState] = useState<LiveState>("opening");
  useEffect(() => {
    if (paused) return;
    const source = new EventSource(under("api/v1/live"), { withCredentials: true });
    // What comes within a moment is drawn at once: a burst must not draw the page a hundred times.
    let waiting: LiveRequest[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const draw = () => {
      timer = undefined;
      const fresh = waiting.reverse();
      waiting = [];
      setRows((before) => {
        const known = new Set(before.map(({ id }) => id));
        return [...fresh.filter(({ id }) => !known.has(id)), ...before].slice(0, MOST);
      });
    };
    source.addEventListener("request", (event) => {
      waiting.push(JSON.parse((event as MessageEvent<string>).data));
      timer ??= setTimeout(draw, 250);
    });
    source.onopen = () => setState("open");
    source.onerror = () => setState("away");
    return () => {
      source.close();
      clearTimeout(timer);
    };
  }, [paused]);
  return { rows, state };
}
