/**
 * Several tabs, one phone: one tab leads and talks with the relay, all tabs read what any of them stores.
 */
import type { Status } from './contract';
import type { Put } from './effect';

type Word =
  | { say: 'stored'; puts: Put[]; deletes: string[] }
  | { say: 'link'; link: Status['link'] }
  /** A new tab asks the leader for its link. */
  | { say: 'asks' }
  /** This phone got a member, or lost it: every tab starts anew. */
  | { say: 'anew' };

export interface TabEvents {
  stored(puts: Put[], deletes: string[]): void;
  link(link: Status['link']): void;
  asked(): void;
  anew(): void;
}

const LEAD = 'kruispunt-lead';

export class Tabs {
  private readonly channel = new BroadcastChannel('kruispunt');

  constructor(events: TabEvents) {
    this.channel.onmessage = ({ data }: MessageEvent<Word>) => {
      if (data.say === 'stored') events.stored(data.puts, data.deletes);
      else if (data.say === 'link') events.link(data.link);
      else if (data.say === 'asks') events.asked();
      else events.anew();
    };
  }

  stored(puts: Put[], deletes: string[]): void {
    this.tell({ say: 'stored', puts, deletes });
  }

  link(link: Status['link']): void {
    this.tell({ say: 'link', link });
  }

  asks(): void {
    this.tell({ say: 'asks' });
  }

  anew(): void {
    this.tell({ say: 'anew' });
  }

  /** Resolves to true when this tab leads at once; else calls back when the tab that leads is gone. */
  lead(later: () => void): Promise<boolean> {
    return new Promise((resolve) => {
      const held = () => new Promise<never>(() => undefined);
      void navigator.locks.request(LEAD, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        if (lock) return held();
        void navigator.locks.request(LEAD, () => {
          later();
          return held();
        });
        return undefined;
      });
    });
  }

  private tell(word: Word): void {
    this.channel.postMessage(word);
  }
}
