import { once } from 'node:events';
import { type Server, type Socket, connect, createServer } from 'node:net';

/** The line between one phone and the relay: a TCP proxy that can be cut, with everything on it. */
export class Line {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  /** How often somebody wanted to talk with the relay over this line. */
  greetings = 0;
  /** What the phone sent, connection by connection. */
  private readonly sent: Buffer[][] = [];

  constructor(
    private readonly relayPort: number,
    /** Any that is free, until it is known. */
    private port = 0,
  ) {}

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

  /** Everything the phone ever sent over this line, readable: what a WebSocket masks is unmasked. */
  get said(): string {
    return this.sent.map((parts) => readable(Buffer.concat(parts)).toString('latin1')).join('\n');
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
    const sent: Buffer[] = [];
    this.sent.push(sent);
    near.on('data', (bytes: Buffer) => sent.push(bytes));
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

/** Takes the masks off the frames of a WebSocket (RFC 6455, 5.2); anything else stays as it is. */
function readable(sent: Buffer): Buffer {
  const head = sent.indexOf('\r\n\r\n') + 4;
  if (!sent.subarray(0, head).toString('latin1').startsWith('GET /sync ')) return sent;
  const parts = [sent.subarray(0, head)];
  for (let at = head; at + 6 <= sent.length;) {
    const short = (sent[at + 1] ?? 0) & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (at + 6 + more > sent.length) break;
    const length = more === 2 ? sent.readUInt16BE(at + 2) : more === 8 ? Number(sent.readBigUInt64BE(at + 2)) : short;
    const mask = sent.subarray(at + 2 + more, at + 6 + more);
    const masked = sent.subarray(at + 6 + more, at + 6 + more + length);
    parts.push(Buffer.from(masked.map((byte, index) => byte ^ (mask[index % 4] ?? 0))));
    at += 6 + more + length;
  }
  return Buffer.concat(parts);
}
