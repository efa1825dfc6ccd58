import { once } from 'node:events';
import PostalMime, { type Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { expect } from 'vitest';

export type { Email };

/** A real mail server on loopback, which keeps what it is given instead of bringing it anywhere. */
export class MailServer {
  readonly mails: Email[] = [];
  private server: SMTPServer | undefined;
  private port = 0;

  static async opens(): Promise<MailServer> {
    const server = new MailServer();
    await server.starts();
    return server;
  }

  /** What the relay is told with `--smtp`. */
  get address(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  /** Takes mail; again at the same address as before. */
  async starts(): Promise<void> {
    const server = new SMTPServer({
      disabledCommands: ['AUTH', 'STARTTLS'],
      onData: (stream, _, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          PostalMime.parse(Buffer.concat(parts)).then((mail) => {
            this.mails.push(mail);
            done();
          }, done);
        });
      },
    });
    // Who hangs up in the middle is no trouble of the test.
    server.on('error', () => undefined);
    this.server = server;
    const listening = server.listen(this.port, '127.0.0.1');
    await once(listening, 'listening');
    const address = listening.address();
    if (address !== null && typeof address !== 'string') this.port = address.port;
  }

  async stops(): Promise<void> {
    const server = this.server;
    this.server = undefined;
    if (server) await new Promise<void>((closed) => server.close(() => closed()));
  }

  /** The mail that came as this one, counted from one. */
  async gets(number: number): Promise<Email> {
    await expect.poll(() => this.mails.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(number);
    const mail = this.mails[number - 1];
    if (!mail) throw new Error(`there is no mail ${number}`);
    return mail;
  }
}

/** What stands behind the `#` of the link in a mail that leads there. */
export function linkIn(mail: Email, place: string): string {
  const [, link] = new RegExp(`(#/${place}\\S*)`).exec(mail.text ?? '') ?? [];
  if (!link) throw new Error(`no link to ${place} in ${mail.text}`);
  return link;
}
