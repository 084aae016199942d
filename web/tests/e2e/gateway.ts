import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const PASSWORD = "a long enough password";
export const KEY = "e2e-key-of-the-tests";
const HERE = new URL(".", import.meta.url).pathname;

const BIN =
  process.env.WYE_BIN ??
  join(process.env.CARGO_TARGET_DIR ?? new URL("../../../target", import.meta.url).pathname, "e2e/wye");

/** A `wye` that runs, and what it has said so far. */
export class Running {
  readonly said: string[] = [];
  private readonly ended: Promise<void>;
  private wake: () => void = () => {};

  private constructor(private readonly child: ChildProcess) {
    this.ended = new Promise((done) => child.once("exit", () => done()));
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface(stream).on("line", (line) => {
        this.said.push(line);
        this.wake();
      });
    }
  }

  static start(args: string[], env: Record<string, string> = {}): Running {
    if (!existsSync(BIN)) throw new Error(`there is no ${BIN}: build it, or name another in WYE_BIN`);
    return new Running(spawn(BIN, args, { env: surroundings(env), stdio: ["ignore", "pipe", "pipe"] }));
  }

  /** Waits until it has said something like that, and gives the first group of it. */
  async says(pattern: RegExp): Promise<string> {
    let gone = false;
    void this.ended.then(() => {
      gone = true;
      this.wake();
    });
    for (;;) {
      for (const line of this.said) {
        const found = pattern.exec(line);
        if (found) return found[1] ?? found[0];
      }
      if (gone) throw new Error(`wye ended before it said ${pattern}:\n${this.said.join("\n")}`);
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.child.kill(signal);
    await this.ended;
  }
}

// Nothing of whoever runs the tests reaches the gateway, above all no provider's key.
const surroundings = (env: Record<string, string>) => ({
  PATH: process.env.PATH ?? "",
  ...(process.env.WYE_CONSOLE ? { WYE_CONSOLE: process.env.WYE_CONSOLE } : {}),
  ...env,
});

/** Makes a user on the folder of a gateway, whether it runs or not. */
function makeUser(folder: string, name: string, role: string): void {
  const args = ["admin", "create", name, "--role", role, "--data", folder];
  const made = spawnSync(BIN, args, { env: surroundings({ WYE_ADMIN_PASSWORD: PASSWORD }) });
  if (made.status !== 0) throw new Error(`wye ${args.join(" ")}: ${made.stderr}`);
}

/** `wye serve` on a folder of its own, with simulated providers and a user of each role. */
export class Gateway {
  private readonly folder = mkdtempSync(join(tmpdir(), "wye-e2e-"));
  private readonly env: Record<string, string> = {};
  private sim: Running | null = null;
  private serve: Running | null = null;
  url = "";

  /** With `blank`, it is as whoever starts it for the first time sees it: no file, no provider, no user. */
  static async start({ blank = false } = {}): Promise<Gateway> {
    const gateway = new Gateway();
    if (!blank) {
      gateway.sim = Running.start(["sim", "--listen", "127.0.0.1:0", "--script", join(HERE, "fleet.yaml")]);
      gateway.env.E2E_FLEET = await gateway.sim.says(/(http:\/\/127\.0\.0\.1:\d+)/);
      gateway.env.E2E_KEY = KEY;
      copyFileSync(join(HERE, "wye.yaml"), join(gateway.folder, "wye.yaml"));
      for (const role of ["admin", "operator", "viewer"]) makeUser(gateway.folder, role, role);
    }
    await gateway.up("127.0.0.1:0");
    return gateway;
  }

  private async up(listen: string): Promise<void> {
    this.serve = Running.start(["serve", "--data", this.folder, "--listen", listen], this.env);
    this.url = `${await this.serve.says(/^listening on (http:\/\/\S+)/)}/`;
  }

  /** Where the simulated providers are; their names follow. */
  get fleet(): string {
    return this.env.E2E_FLEET ?? "";
  }

  /** The one-time code with which the first administrator is made. */
  setupCode(): Promise<string> {
    if (!this.serve) throw new Error("it does not run");
    return this.serve.says(/one-time code (\S+)/);
  }

  /** Ends it at once, as a machine does that loses its power. */
  async kill(): Promise<void> {
    await this.serve?.stop("SIGKILL");
    this.serve = null;
  }

  /** Starts it again where it was. */
  again(): Promise<void> {
    return this.up(new URL(this.url).host);
  }

  async end(): Promise<void> {
    await this.serve?.stop();
    await this.sim?.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Asks as a program does that uses the gateway. */
  async ask(model: string, prompt: string, key = KEY): Promise<Answer> {
    const response = await fetch(`${this.url}v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, max_tokens: 60, messages: [{ role: "user", content: prompt }] }),
    });
    await response.text();
    const { status, headers } = response;
    return {
      status,
      servedBy: `${headers.get("x-wye-provider")}/${headers.get("x-wye-model")}`,
      id: headers.get("x-request-id") ?? "",
      dollars: Number(headers.get("x-wye-cost-usd")),
    };
  }
}

export type Answer = { status: number; servedBy: string; id: string; dollars: number };
