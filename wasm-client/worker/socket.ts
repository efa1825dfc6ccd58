/** One connection with the relay at a time. */
export interface SocketEvents {
  opened(): void;
  frame(bytes: Uint8Array<ArrayBuffer>): void;
  closed(): void;
}

/** A connection that is not there by then is not coming. */
const PATIENCE_MS = 10_000;

export class Socket {
  private socket: WebSocket | undefined;

  constructor(private readonly events: SocketEvents) {}

  open(): void {
    this.close();
    const address = new URL('/sync', self.location.href);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(address, 'kruispunt.v1');
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    const tooLong = setTimeout(() => this.end(socket), PATIENCE_MS);
    socket.onopen = () => {
      clearTimeout(tooLong);
      if (this.socket === socket) this.events.opened();
    };
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      if (this.socket === socket) this.events.frame(new Uint8Array(data));
    };
    socket.onclose = () => {
      clearTimeout(tooLong);
      this.end(socket);
    };
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(frame);
  }

  /** Closes at once. A network that is gone never answers the closing hand-shake, so nobody waits for it. */
  close(): void {
    if (this.socket) this.end(this.socket);
  }

  private end(socket: WebSocket): void {
    if (this.socket !== socket) return;
    this.socket = undefined;
    socket.close();
    this.events.closed();
  }
}
