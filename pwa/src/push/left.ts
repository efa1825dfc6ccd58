/** What a page does about ringing once nobody is signed in here; the service worker does its part with a push. */
import { forget } from '../memory';
import { nobodyRings } from './nobody';

export async function nobodyIsIn(): Promise<void> {
  // The next one is asked anew.
  forget('ring');
  const registration = await navigator.serviceWorker?.getRegistration();
  if (registration) await nobodyRings(registration);
}
