export interface Answered {
  ok: boolean;
  body: unknown;
}

/** Runs in a page of the app: asks the relay something as the device it is, past all screens. */
export async function asDevice(asked: { method: string; path: string; body?: unknown }): Promise<Answered> {
  const result = <T>(request: IDBRequest<T>) =>
    new Promise<T>((done) => (request.onsuccess = () => done(request.result)));
  const database = await result(indexedDB.open('kruispunt'));
  const device = database.transaction('device').objectStore('device');
  const { token } = (await result(device.get('this'))) as { token: string };
  database.close();
  const answer = await fetch(asked.path, {
    method: asked.method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(asked.body !== undefined && { body: JSON.stringify(asked.body) }),
  });
  return { ok: answer.ok, body: (await answer.json().catch(() => ({}))) as unknown };
}
