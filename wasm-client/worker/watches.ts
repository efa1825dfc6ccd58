import type { ViewQuery } from './contract';

/** The views the page follows. Each is read again when something changed, and told when it differs. */
export class Watches {
  private readonly followed = new Map<number, { query: ViewQuery; last: string | undefined }>();
  private due = false;
  tell: (watch: number, view: string) => void = () => undefined;

  /** `read` gives a view as JSON, which is compared and sent on as it is. */
  constructor(private readonly read: (query: ViewQuery) => string | undefined) {}

  add(watch: number, query: ViewQuery): void {
    this.followed.set(watch, { query, last: undefined });
    this.refresh();
  }

  remove(watch: number): void {
    this.followed.delete(watch);
  }

  /** What is followed now. */
  queries(): ViewQuery[] {
    return [...this.followed.values()].map(({ query }) => query);
  }

  /** Reads soon: a burst of changes makes one reading. */
  refresh(): void {
    if (this.due) return;
    this.due = true;
    setTimeout(() => {
      this.due = false;
      for (const [watch, entry] of this.followed) {
        const view = this.read(entry.query);
        if (view === undefined || view === entry.last) continue;
        entry.last = view;
        this.tell(watch, view);
      }
    });
  }
}
