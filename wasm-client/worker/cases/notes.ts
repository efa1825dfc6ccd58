/**
 * The notes of a case: what its participants write to each other about it. Sealed as cards are, and opened only for the
 * screen that shows them.
 */
import { Trouble } from '../trouble';
import type { NoteContent, NotesView } from './contract';

export class Notes {
  view(): NotesView {
    return { notes: [], unseen: 0, heard_at: null, audiences: [] };
  }

  read(): Promise<{ id: string; content: NoteContent }[]> {
    return Promise.resolve([]);
  }

  /** Nobody can send one yet. */
  write(): Promise<void> {
    return Promise.reject(new Trouble('not-allowed'));
  }
}
