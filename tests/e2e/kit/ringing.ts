import { expect } from 'vitest';
import type { Answered } from './as_device';
import type { Relay } from './relay';

/** Whatever can ask the relay something as a signed-in device. */
interface Device {
  calls(method: string, path: string, body?: unknown): Promise<Answered>;
}

interface Listed {
  id: string;
  kind: string;
  request: string | null;
  seen: boolean;
}

/** What a volunteer reads about a new task. */
export const TASK = 'Kun jij even helpen?';
export const taskBody = (theme: string) => `Nieuwe vraag in je buurt: ${theme}.`;

async function does(device: Device, method: string, path: string, body?: unknown): Promise<unknown> {
  const answered = await device.calls(method, path, body);
  if (!answered.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answered.body)}`);
  return answered.body;
}

/** Whoever this is lives in this street and may be rung at any hour, so that a story is the same by night. */
export async function livesIn(device: Device, street: string): Promise<void> {
  const { areas } = (await does(device, 'GET', '/api/me')) as { areas: { id: string; name: string }[] };
  const home = areas.find(({ name }) => name === street)?.id;
  if (home === undefined) throw new Error(`there is no ${street}`);
  await does(device, 'PATCH', '/api/members/me/profile', { home });
  await hearsAlways(device);
}

export async function hearsAlways(device: Device): Promise<void> {
  const { wishes } = (await does(device, 'GET', '/api/push')) as { wishes: object };
  await does(device, 'PUT', '/api/members/me/wishes', { ...wishes, quiet_from: 0, quiet_until: 0 });
}

/** Whether the relay would ring this device. */
export async function isSubscribed(device: Device): Promise<boolean> {
  return ((await does(device, 'GET', '/api/push')) as { subscribed: boolean }).subscribed;
}

/** What a browser is to subscribe with now. */
export async function pushKey(device: Device): Promise<string> {
  return ((await does(device, 'GET', '/api/push')) as { key: string }).key;
}

/** What stands in the inbox of whoever this is, newest first. */
export async function inbox(device: Device): Promise<Listed[]> {
  return ((await does(device, 'GET', '/api/notices')) as { notices: Listed[] }).notices;
}

/** Waits until the relay counted so many tries that ended like this, since it started. */
export async function counts(relay: Relay, answer: string, count: number): Promise<void> {
  const counted = () => relay.counted('push_messages_total', `kind="${answer}"`);
  await expect.poll(counted, { timeout: 60_000, message: `pushes that ended as ${answer}` }).toBe(count);
}
