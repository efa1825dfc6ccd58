/** The browser took a subscription back, or gave another one: the relay is told. */
import { agrees } from '../push/subscription';
import { inCore } from './core';
import { listenerOf } from '../push/listener';
import { voice } from './words';

declare const self: ServiceWorkerGlobalScope;

export async function renews(): Promise<void> {
  const { lang } = await voice();
  await inCore((core) =>
    agrees(
      self.registration.pushManager,
      listenerOf((question) => core.ask(question)),
      { makes: true, language: lang },
    ),
  );
}
