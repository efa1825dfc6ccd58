import { once } from 'node:events';
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { type Answer, Answers } from './push_service/answers';
import { Browsers } from './push_service/browsers';
import { Happenings, type Message } from './push_service/happenings';
import type { Mailbox, Reader } from './push_service/mailbox';
import { believes } from './push_service/vapid';

const LARGEST = 4096;
const URGENCIES = ['very-low', 'low', 'normal', 'high'];

/** How the service answers, and why when it refuses. */
interface Verdict {
  status: number;
  why?: string;
}

/**
 * A push service of our own on loopback: to a browser what Mozilla's is (its WebSocket protocol), to the relay what
 * RFC 8030 and RFC 8292 ask. It is as strict as the real ones, remembers everything, and fails when a test tells it.
 */
export class PushService {
  readonly happenings = new Happenings();
  private readonly answers = new Answers();
  private readonly browsers = new Browsers(this.happenings, () => this.origin);
  private server: Server | undefined;
  private port = 0;
  /** Those who wait for an answer that the test holds back. */
  private held: (() => void)[] = [];

  static async opens(): Promise<PushService> {
    const service = new PushService();
    await service.starts();
    return service;
  }

  /** What the relay is told with `--push-host`. */
  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  get origin(): string {
    return `http://${this.host}`;
  }

  /** What a Firefox is told as `dom.push.serverURL`. */
  get socket(): string {
    return `ws://${this.host}/`;
  }

  /** Answers the next messages like this, whoever they are for unless a subscription is named. */
  answersWith(answer: Answer, whom: { token?: string; times?: number } = {}): void {
    this.answers.inject(answer, whom);
  }

  /** Is itself again; who was kept waiting is answered as if nothing had been. */
  recovers(): void {
    this.answers.forget();
    for (const letGo of this.held.splice(0)) letGo();
  }

  /** A subscription that no browser of ours holds; whoever wants to reads what comes for it. */
  subscribes(key: string, reads?: Reader): { token: string; endpoint: string } {
    const { token } = this.browsers.opensBox(key, reads);
    return { token, endpoint: `${this.origin}/wpush/v2/${token}` };
  }

  /** The subscription is over, and its browser does not know. */
  drops(token: string): void {
    const box = this.browsers.box(token);
    if (box) this.browsers.closesBox(box);
  }

  /** Takes connections; again on the same port as before. */
  async starts(): Promise<void> {
    const server = createServer((request, response) => void this.hears(request, response));
    this.browsers.listensAt(server);
    this.server = server;
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address !== null && typeof address !== 'string') this.port = address.port;
  }

  /** Nobody reaches it any more; what it knows it keeps. */
  async stops(): Promise<void> {
    const server = this.server;
    if (!server) return;
    this.server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.browsers.leave();
    server.closeAllConnections();
    await closed;
  }

  private async hears(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, token = ''] = /^\/wpush\/v2\/([\w-]+)$/.exec(request.url ?? '') ?? [];
    const body = await whole(request);
    // Who sends goes away now and then, which is no reason to stop.
    if (!body) return;
    const message = seenOf(request, body);
    this.happenings.add({ what: 'arrived', token, at: Date.now() });
    let told = false;
    const tell = ({ status, why }: Verdict) => {
      if (told) return;
      told = true;
      this.happenings.add({
        what: 'answered',
        token,
        at: Date.now(),
        status,
        message,
        ...(why !== undefined && { why }),
      });
    };
    response.on('close', () => tell({ status: 0, why: 'nobody listened any more' }));

    const instead = this.answers.takes(token);
    if (instead === 'resets') {
      request.socket.resetAndDestroy();
      return;
    }
    const box = this.browsers.box(token);
    let verdict: Verdict | undefined;
    if (instead === 'takes and hangs') verdict = this.takes(request, box, message, body);
    if (instead === 'hangs' || instead === 'takes and hangs')
      await Promise.race([new Promise<void>((letGo) => this.held.push(letGo)), once(response, 'close')]);
    if (response.closed) return;
    if (typeof instead === 'object') {
      tell({ status: instead.status, why: 'as told' });
      response.writeHead(instead.status, instead.headers).end();
      return;
    }
    verdict ??= this.takes(request, box, message, body);
    tell(verdict);
    const location = verdict.status === 201 && { location: `${this.origin}/m/${token}` };
    response.writeHead(verdict.status, { ttl: message.ttl ?? 0, ...location }).end(verdict.why);
  }

  private takes(request: IncomingMessage, box: Mailbox | undefined, message: Message, body: Buffer): Verdict {
    const verdict = judges(request, box, message, this.origin);
    if (box && verdict.status === 201) this.browsers.delivers(box, box.takes(body, message.ttl ?? 0, message.topic));
    return verdict;
  }
}

function judges(request: IncomingMessage, box: Mailbox | undefined, message: Message, origin: string): Verdict {
  if (request.method !== 'POST') return { status: 405, why: 'not sent by POST' };
  if (!box) return { status: 404, why: 'no such subscription' };
  if (!box.open) return { status: 410, why: 'this subscription is over' };
  const disbelief = believes(request.headers.authorization, origin, box.key);
  if (disbelief) return disbelief;
  const { ttl, urgency, topic, encoding, length } = message;
  if (ttl === undefined) return { status: 400, why: 'no TTL' };
  if (urgency !== undefined && !URGENCIES.includes(urgency)) return { status: 400, why: 'no such urgency' };
  if (topic !== undefined && !/^[\w-]{1,32}$/.test(topic)) return { status: 400, why: 'no such topic' };
  if (encoding !== 'aes128gcm') return { status: 400, why: 'not encrypted as RFC 8291 asks' };
  if (length > LARGEST) return { status: 413, why: 'larger than a message may be' };
  return { status: 201 };
}

function seenOf(request: IncomingMessage, body: Buffer): Message {
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const ttl = header('ttl');
  return {
    length: body.length,
    ttl: ttl !== undefined && /^\d+$/.test(ttl) ? Number(ttl) : undefined,
    urgency: header('urgency'),
    topic: header('topic'),
    encoding: header('content-encoding'),
  };
}

async function whole(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
