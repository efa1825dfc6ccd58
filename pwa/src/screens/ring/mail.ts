/** What a link in an e-mail asks of the relay. It comes with no session: whoever has the link has the e-mail. */
export async function followLink(what: 'confirm' | 'stop', secret: string): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(`/api/mail/${what}`, {
      method: 'POST',
      cache: 'no-store',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ secret }),
    });
  } catch {
    throw problem('no-network');
  }
  if (answer.ok) return;
  const { key } = (await answer.json().catch(() => ({}))) as { key?: unknown };
  throw problem(typeof key === 'string' ? key : 'unknown');
}

const problem = (key: string) => Object.assign(new Error(key), { key });
