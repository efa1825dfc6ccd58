import { randomBytes } from 'node:crypto';
import type { Server } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';
import type { Happenings } from './happenings';
import { Mailbox, type Pending, type Reader } from './mailbox';

interface FromBrowser {
  messageType?: string;
  uaid?: string;
  channelID?: string;
  key?: string;
  updates?: { channelID: string; version: string; code?: number }[];
}

/** The side of the browsers: Mozilla's push protocol over a WebSocket, as `dom.push.serverURL` speaks it. */
export class Browsers {
  private readonly sockets = new WebSocketServer({ noServer: true, handleProtocols: () => 'push-notification' });
  private readonly present = new Map<string, WebSocket>();
  private readonly boxes = new Map<string, Mailbox>();

  constructor(
    private readonly happenings: Happenings,
    private readonly origin: () => string,
  ) {}

  listensAt(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      this.sockets.handleUpgrade(request, socket, head, (browser) => this.meets(browser));
    });
  }

  box(token: string): Mailbox | undefined {
    return this.boxes.get(token);
  }

  /** To the browser, if it is there; else it waits. */
  delivers(box: Mailbox, message: Pending): void {
    const browser = this.present.get(box.uaid);
    if (box.reads) void this.handsOver(box, message, box.reads);
    else if (browser) this.tells(browser, box, message);
    else if (message.ttl === 0) box.isDone(message.version);
  }

  /** A subscription that no browser here holds. */
  opensBox(key: string, reads?: Reader): Mailbox {
    return this.keeps(new Mailbox('', '', key, reads));
  }

  closesBox(box: Mailbox): void {
    if (!box.open) return;
    box.open = false;
    this.happenings.add({ what: 'unsubscribed', token: box.token });
  }

  leave(): void {
    for (const browser of this.sockets.clients) browser.terminate();
  }

  private keeps(box: Mailbox): Mailbox {
    this.boxes.set(box.token, box);
    this.happenings.add({ what: 'subscribed', token: box.token, key: box.key });
    return box;
  }

  private meets(browser: WebSocket): void {
    let uaid: string | undefined;
    browser.on('message', (bytes) => {
      const said = JSON.parse(String(bytes)) as FromBrowser;
      if (said.messageType === 'hello') uaid = this.greets(browser, said.uaid);
      else if (uaid !== undefined) this.hears(browser, uaid, said);
    });
    browser.on('close', () => {
      if (uaid === undefined || this.present.get(uaid) !== browser) return;
      this.present.delete(uaid);
      this.happenings.add({ what: 'left', uaid });
    });
  }

  private greets(browser: WebSocket, known: string | undefined): string {
    const boxes = [...this.boxes.values()].filter((box) => box.open && box.uaid === known);
    // Somebody whom nobody knows gets a new name, and thereby loses every subscription of before.
    const uaid = known !== undefined && boxes.length > 0 ? known : randomBytes(16).toString('hex');
    this.present.set(uaid, browser);
    says(browser, { messageType: 'hello', uaid, status: 200, use_webpush: true, broadcasts: {} });
    this.happenings.add({ what: 'greeted', uaid });
    for (const box of boxes) for (const message of box.waits()) this.tells(browser, box, message);
    return uaid;
  }

  private hears(browser: WebSocket, uaid: string, said: FromBrowser): void {
    const { channelID = '', key = '' } = said;
    switch (said.messageType) {
      case 'register': {
        const { token } = this.channel(uaid, channelID) ?? this.keeps(new Mailbox(uaid, channelID, key));
        const pushEndpoint = `${this.origin()}/wpush/v2/${token}`;
        return says(browser, { messageType: 'register', channelID, status: 200, pushEndpoint });
      }
      case 'unregister': {
        const box = this.channel(uaid, channelID);
        if (box) this.closesBox(box);
        return says(browser, { messageType: 'unregister', channelID, status: 200 });
      }
      case 'ack':
        for (const update of said.updates ?? []) this.isAcknowledged(uaid, update);
        return;
      case undefined:
      case 'ping':
        return says(browser, {});
    }
  }

  private isAcknowledged(uaid: string, { channelID, version, code = 0 }: NonNullable<FromBrowser['updates']>[0]): void {
    const box = this.channel(uaid, channelID);
    if (box) this.isRead(box, version, code);
  }

  private async handsOver(box: Mailbox, { version, body }: Pending, reads: Reader): Promise<void> {
    this.happenings.add({ what: 'delivered', token: box.token, version });
    this.isRead(box, version, await reads(body));
  }

  private isRead(box: Mailbox, version: string, code: number): void {
    box.isDone(version);
    this.happenings.add({ what: 'acknowledged', token: box.token, version, code });
  }

  private channel(uaid: string, channel: string): Mailbox | undefined {
    return [...this.boxes.values()].find((box) => box.open && box.uaid === uaid && box.channel === channel);
  }

  private tells(browser: WebSocket, box: Mailbox, { version, ttl, body }: Pending): void {
    says(browser, {
      messageType: 'notification',
      channelID: box.channel,
      version,
      ttl,
      data: body.toString('base64url'),
      headers: { encoding: 'aes128gcm' },
    });
    this.happenings.add({ what: 'delivered', token: box.token, version });
  }
}

function says(browser: WebSocket, message: object): void {
  browser.send(JSON.stringify(message));
}
