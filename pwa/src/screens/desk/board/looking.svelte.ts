import type { AreaNode, BoardFilter, Views } from '@worker/contract';
import { forgotten, kruispunt } from '@pwa/core.svelte';

type Asked = { view: 'board' | 'table'; filter: BoardFilter; shown: number };

/** What was shown last, so that coming back shows it at once. Only in memory. */
let lastBoard: Views['board'] | undefined;
let lastTable: Views['table'] | undefined;
forgotten(() => {
  lastBoard = undefined;
  lastTable = undefined;
});

/**
 * The board, and the table beside it. What was shown stays until the answer to the next question is there: nothing
 * flickers while somebody types or chooses. (What `watched` keeps of every question would be too much here.)
 */
export class Looking {
  board = $state.raw(lastBoard);
  table = $state.raw(lastTable);

  /** The areas are handed to the question, since what is typed is looked for among their names. */
  constructor(asked: (areas: readonly AreaNode[]) => Asked) {
    const question = $derived(JSON.stringify(asked(this.board?.areas ?? [])));
    $effect.pre(() => this.#watch(JSON.parse(question) as Asked));
  }

  /** The table comes without the areas and the number of what needs a look, so the board is asked for those as well. */
  #watch({ view, filter, shown }: Asked): () => void {
    const stops = [
      kruispunt.watch({ view: 'board', filter, shown: view === 'board' ? shown : 0 }, (next) => {
        this.board = lastBoard = next;
      }),
    ];
    if (view === 'table') {
      stops.push(
        kruispunt.watch({ view: 'table', filter, shown }, (next) => {
          this.table = lastTable = next;
        }),
      );
    }
    return () => stops.forEach((stop) => stop());
  }
}
