import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

/** The line between one phone and the relay: a TCP proxy that can be cut, with everything on it. */
export class Line {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private port = 0;
  /** How often somebody wanted to talk with the relay over this line. */
  greetings = 0;

  constructor(private readonly relayPort: number) {}

  get origin(): string {
    return `http://localhost:${this.port}`;
  }

  /** Takes connections; after a cut on the same port as before. */
  async mends(): Promise<void> {
    if (this.server) return;
    const server = createServer((near) => this.carries(near));
    this.server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.port = address.port;
  }

  /** Every connection breaks and none can be made. */
  async isCut(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private carries(near: Socket): void {
    const far = connect(this.relayPort, '127.0.0.1');
    near.once('data', (first: Buffer) => {
      if (first.toString('latin1').startsWith('GET /sync ')) this.greetings++;
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
