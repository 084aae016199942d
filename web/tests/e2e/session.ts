import type { Cookie } from "@playwright/test";
import { PASSWORD } from "./gateway";

/** Somebody who is signed in: what their browser would hold, and calls of the admin API in their name. */
export class Session {
  private constructor(
    private readonly url: string,
    readonly cookies: Cookie[],
  ) {}

  static async of(url: string, name: string, password = PASSWORD): Promise<Session> {
    const response = await fetch(`${url}api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name, password }),
    });
    if (!response.ok) throw new Error(`signing in as ${name}: ${await response.text()}`);
    const cookies = response.headers.getSetCookie().map((line): Cookie => {
      const [, key = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const httpOnly = /httponly/i.test(line);
      return {
        name: key,
        value,
        domain: new URL(url).hostname,
        path: "/",
        expires: -1,
        httpOnly,
        secure: false,
        sameSite: "Strict",
      };
    });
    return new Session(url, cookies);
  }

  /** Calls the admin API as the console does. */
  async call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
    const csrf = this.cookies.find(({ name }) => name.endsWith("wye_csrf"))?.value ?? "";
    const response = await fetch(`${this.url}api/v1/${path}`, {
      method,
      headers: {
        cookie: this.cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
        "x-wye-csrf": csrf,
        "content-type": "application/json",
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  }

  /** The same, where anything but success is an error of the test. */
  async must<T = unknown>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body);
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as T;
  }

  /** Makes somebody who can sign in with [`PASSWORD`]. */
  makeUser(name: string, role = "viewer"): Promise<unknown> {
    return this.must("POST", "users", { name, role, password: PASSWORD });
  }

  /** Writes an item of the configuration on top of whatever there is. */
  async put(kind: string, name: string, body: unknown): Promise<void> {
    const { version } = await this.must<{ version: number }>("GET", "config");
    await this.must("PUT", `config/items/${kind}/${encodeURIComponent(name)}`, { body, base: version });
  }

  /** Takes an item of the configuration away. */
  async remove(kind: string, name: string): Promise<void> {
    const { version } = await this.must<{ version: number }>("GET", "config");
    await this.must("DELETE", `config/items/${kind}/${encodeURIComponent(name)}?base=${version}`);
  }

  /** Puts a secret into the vault. */
  async hide(name: string, value: string): Promise<void> {
    await this.must("PUT", `secrets/${name}`, { value });
  }
}
