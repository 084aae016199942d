import createClient from "openapi-fetch";
import { base, under } from "@/lib/url";
import { Problem, problemOf } from "./problem";
import type { paths } from "./schema.gen";

/** Asks the person to sign in again, over whatever is on the page; resolves when they have, rejects when they leave. */
type SignIn = () => Promise<void>;

let signIn: SignIn | null = null;
let asking: Promise<void> | null = null;

/** Says who asks for the password when a session has ended (the shell). Null: nobody, as on the sign-in page. */
export function onSignedOut(ask: SignIn | null): void {
  signIn = ask;
}

const CSRF = /(?:^|;\s*)(?:__Host-)?wye_csrf=([^;]*)/;

/** What a page sends with every change. Read anew each time: another tab may have signed in meanwhile. */
const csrf = (): string => decodeURIComponent(CSRF.exec(document.cookie)?.[1] ?? "");

async function send(request: Request): Promise<Response> {
  if (request.method !== "GET") request.headers.set("x-wye-csrf", csrf());
  try {
    return await fetch(request);
  } catch (error) {
    if (request.signal.aborted) throw error;
    throw new Problem(0, { code: "unreachable" });
  }
}

/** Ends that mean no session, where there is nothing to sign in again for. */
const IS_SESSION = /\/api\/v1\/(session|setup)(\/|$)/;

/** One try at a time to go on with the session; whoever comes meanwhile waits for it. */
function again(): Promise<void> {
  asking ??= (async () => {
    const refreshed = await send(
      new Request(under("api/v1/session/refresh"), { method: "POST", body: "{}", headers: JSON_BODY }),
    );
    if (refreshed.ok) return;
    if (!signIn) throw await problemOf(refreshed);
    await signIn();
  })().finally(() => {
    asking = null;
  });
  return asking;
}

/** Here 401 may also mean a wrong password or code, and each try counts against whoever guesses. */
const ASKS_AGAIN = /\/api\/v1\/me\/(password|totp|recovery-codes)(\/|$)/;

const JSON_BODY = { "content-type": "application/json" };

/**
 * `fetch` for the admin API: a session that has ended is renewed or asked for, and the call made again, so that nobody
 * loses what they have typed.
 */
async function withSession(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (ASKS_AGAIN.test(pathname)) {
    // The session is looked at first, so that nothing is tried twice.
    await withSession(new Request(under("api/v1/me")));
    return send(request);
  }
  const spare = request.clone();
  const response = await send(request);
  if (response.status !== 401 || IS_SESSION.test(pathname)) return response;
  await again();
  return send(spare);
}

/** The admin API, typed by its own description. */
export const api = createClient<paths>({
  baseUrl: typeof document === "undefined" ? "http://localhost" : base().replace(/\/$/, ""),
  fetch: withSession,
});

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The data of an answer; anything else is thrown as a [`Problem`]. */
export async function take<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, response, error } = await call;
  if (response.ok) return data as T;
  const after = Number(response.headers.get("retry-after"));
  const body =
    typeof error === "object" && error ? error : { detail: `${response.status} ${response.statusText}` };
  throw new Problem(response.status, body, after > 0 ? after : null);
}
