import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What was sent to a receiver. */
export type Received = { headers: Record<string, string | string[] | undefined>; text: string };

/** Somebody who takes what is posted: on this machine, under an address that only the test knows. */
export class Receiver {
  readonly received: Received[] = [];
  /** What it answers. */
  status = 204;
  private wake: () => void = () => {};

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<Receiver> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const receiver = new Receiver(server, `http://127.0.0.1:${port}/secret-path`);
    server.on("request", (request, response) => {
      let text = "";
      request.on("data", (piece) => {
        text += piece;
      });
      request.on("end", () => {
        response.writeHead(receiver.status).end();
        receiver.received.push({ headers: request.headers, text });
        receiver.wake();
      });
    });
    return receiver;
  }

  /** The message of a number, counted from 1; waits until it is there. */
  async message(number: number): Promise<Received> {
    for (;;) {
      const found = this.received[number - 1];
      if (found) return found;
      await new Promise<void>((done) => {
        this.wake = done;
      });
    }
  }

  end(): Promise<void> {
    return new Promise((done) => {
      this.server.close(() => done());
      this.server.closeAllConnections();
    });
  }
}
