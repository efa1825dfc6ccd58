import type { Column, RequestCard } from '@worker/contract';

/** The column of the board in which a request stands, as `core/src/view/board.rs` has it. */
export function columnOf({ stage, triaged }: Pick<RequestCard, 'stage' | 'triaged'>): Column {
  switch (stage) {
    case 'open':
      return triaged ? 'seeking' : 'new';
    case 'offered':
      return 'seeking';
    case 'matched':
    case 'merged':
      return 'busy';
    case 'done':
      return 'feedback';
    default:
      return 'closed';
  }
}
