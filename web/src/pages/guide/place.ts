import type { Guide } from "@/api/guide";

/** Addresses that mean every address of the machine, and so cannot be called. */
const EVERY = /^(0\.0\.0\.0|\[::\])$/;

/**
 * Where clients call the gateway. Where the console has an address of its own, that is the configuration's `listen`; if it
 * names no machine, the one that the reader's browser called.
 */
export function addressOf(guide: Guide, page: { hostname: string }): string {
  if (guide.serves_clients) return guide.base_url;
  const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(guide.listen) ?? [];
  if (!port) return guide.base_url;
  return `http://${EVERY.test(host) ? page.hostname : host}:${port}`;
}

/** Whether an address is this machine's own, which containers and other machines do not reach by it. */
export function isLocal(url: string): boolean {
  try {
    return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(url).hostname);
  } catch {
    return false;
  }
}
