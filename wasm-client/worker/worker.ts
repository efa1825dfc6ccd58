/** The worker's side of the conversation with its page. */
import { Host } from './host';
import { keyOf } from './trouble';
import type { ToPage, ToWorker } from './wire';

const tell = (word: ToPage) => self.postMessage(word);
const host = new Host((status) => tell({ say: 'status', status }));
host.watches.tell = (watch, view) => tell({ say: 'view', watch, view });
const started = host.start();

async function answer(call: number, work: () => unknown): Promise<void> {
  try {
    await started;
    tell({ say: 'done', call, result: await work() });
  } catch (thrown) {
    tell({ say: 'failed', call, key: keyOf(thrown) });
  }
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.say) {
    case 'command':
      return void answer(data.call, () => host.command(data.command, data.entry, data.request));
    case 'case':
      return void answer(data.call, () => host.about(data.deed));
    case 'redeem':
      return void answer(data.call, () => host.redeem(data.secret));
    case 'sign_out':
      return void answer(data.call, () => host.signOut(data.onFile));
    case 'set_profile':
      return void answer(data.call, () => host.setProfile(data.change));
    case 'hear_helpers':
      return void answer(data.call, () => host.hearHelpers(data.area));
    case 'dismiss':
      return void answer(data.call, () => host.dismiss(data.request));
    case 'unsent':
      return void answer(data.call, () => host.unsent());
    case 'put_away':
      return void answer(data.call, () => host.putAway());
    case 'set_code':
      return void answer(data.call, () => host.setCode(data.code, data.present));
    case 'unlock':
      return void answer(data.call, () => host.unlock(data.code));
    case 'ask':
      return void answer(data.call, () => host.ask(data.question));
    case 'watch':
      return host.watches.add(data.watch, data.query);
    case 'unwatch':
      return host.watches.remove(data.watch);
    case 'network':
      return host.setNetwork(data.there);
    case 'looks':
      return host.looks(data.seen);
    case 'freezes':
      return host.freezes();
    case 'thaws':
      return host.thaws();
  }
};
