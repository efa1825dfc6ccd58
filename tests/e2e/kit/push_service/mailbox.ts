import { randomBytes, randomUUID } from 'node:crypto';
import { unpadded } from './vapid';

export interface Pending {
  version: string;
  ttl: number;
  /** In ms; an undelivered message is not kept for longer. */
  until: number;
  topic: string | undefined;
  body: Buffer;
}

/** What reads a message in the place of a browser, and says by a code what became of it. */
export type Reader = (body: Buffer) => Promise<number>;

/** One subscription of one browser, and what waits for it. */
export class Mailbox {
  readonly token = randomBytes(24).toString('base64url');
  open = true;
  /** Until the browser says that it has them: delivered once more when it comes back without having said so. */
  private waiting: Pending[] = [];

  /** The relay's, with which alone may be sent. */
  readonly key: string;

  constructor(
    readonly uaid: string,
    readonly channel: string,
    key: string,
    readonly reads?: Reader,
  ) {
    // Browsers pad it, and the header of a message must not (RFC 8292, 3.2).
    this.key = unpadded(key);
  }

  /** A message of the same topic that still waits is replaced (RFC 8030, 5.4). */
  takes(body: Buffer, ttl: number, topic: string | undefined, now = Date.now()): Pending {
    const message = { version: randomUUID(), ttl, until: now + ttl * 1000, topic, body };
    if (topic !== undefined) this.waiting = this.waiting.filter((other) => other.topic !== topic);
    this.waiting.push(message);
    return message;
  }

  /** What is still worth telling. */
  waits(now = Date.now()): Pending[] {
    this.waiting = this.waiting.filter(({ until }) => until > now);
    return [...this.waiting];
  }

  isDone(version: string): void {
    this.waiting = this.waiting.filter((message) => message.version !== version);
  }
}
