import type { ViewQuery } from './contract';

/** The views the page follows. Each is read again when something changed, and told when it differs. */
export class Watches {
  private readonly followed = new Map<number, { query: ViewQuery; last: string | undefined }>();
  private due = false;
  tell: (watch: number, view: unknown) => void = () => undefined;

  constructor(private readonly read: (query: ViewQuery) => unknown) {}

  add(watch: number, query: ViewQuery): void {
    this.followed.set(watch, { query, last: undefined });
    this.refresh();
  }

  remove(watch: number): void {
    this.followed.delete(watch);
  }

  /** Reads soon: a burst of changes makes one reading. */
  refresh(): void {
    if (this.due) return;
    this.due = true;
    setTimeout(() => {
      this.due = false;
      for (const [watch, entry] of this.followed) {
        const view = this.read(entry.query);
        if (view === undefined) continue;
        const text = JSON.stringify(view);
        if (text === entry.last) continue;
        entry.last = text;
        this.tell(watch, view);
      }
    });
  }
}
