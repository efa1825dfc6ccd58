import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fromBase64url, joined, read, written } from '@worker/bytes';
import type { NoteAudience, NoteContent, RequestCard } from '@worker/contract';
import { noteToDevice, open, publicKeyOf, seal } from '@worker/cases/sealing';
import { Shelf } from '@worker/cases/shelf';
import { Trouble } from '@worker/trouble';
import { onFile } from '@worker/unsent';
import { type Asked, AUTHOR, DEVICE, HELPER, ME, NOBODYS, REQUEST, STREET, World, id, listens } from './kit/world';

/** Notes of a case as a phone's worker writes, reads and lets go of them. */
let world: World;

const DAY = 24 * 3_600_000;
const BRAM = id(20);
const CARLA = id(21);
const text = (words: string): NoteContent => ({ kind: 'text', text: words });

/** The relay's side: notes that it counts, and hands out sealed to this phone. */
class Book {
  notes: { id: string; audience: NoteAudience; member: string; content: NoteContent; at: number }[] = [];
  seen: { member: string; first_name: string; audience: NoteAudience; until: number }[] = [];
  problem: string | undefined;
  lives = 7 * DAY;
  pages = 20;
  audiences: NoteAudience[] = ['case', 'care'];

  bram(digit: number, words: string, audience: NoteAudience = 'case'): void {
    this.notes.push({ id: id(digit), audience, member: BRAM, content: text(words), at: digit });
  }

  async hands(path: string): Promise<unknown> {
    const after = Number(new URL(path, 'https://kruispunt.example').searchParams.get('after'));
    const expires_at = Date.now() + this.lives;
    const half = world.asked.findLast((asked) => asked.path.endsWith('/sealing-key'))?.body['public_key'] as string;
    const counted = this.notes
      .map((note, at) => ({ ...note, n: at + 1 }))
      .filter(({ n, audience }) => n > after && this.audiences.includes(audience));
    const page = counted.slice(0, this.pages);
    const notes = page.map(async ({ content, member, ...note }) => {
      const about = noteToDevice(REQUEST, note.id, DEVICE, expires_at);
      const sealed = await seal(await publicKeyOf(half), 'kruispunt/note-to-device/1', about, written(content));
      const [first_name, mine] = [member === BRAM ? 'Bram' : 'Wil', member === ME];
      return { ...note, member, first_name, mine, ...sealed };
    });
    return {
      notes: await Promise.all(notes),
      more: counted.length > page.length,
      seen: this.seen,
      expires_at,
    };
  }
}

let book: Book;

const isNotes = ({ method, path }: Asked) => method === 'GET' && path.includes('/notes?');
const asks = () => world.asked.filter(isNotes).map(({ path }) => path.split('after=')[1]);
const texts = async () =>
  (await world.cases.readNotes(REQUEST)).map(({ content }) => (content.kind === 'text' ? content.text : content.level));
const view = () => world.cases.notes.view(REQUEST);
const copies = () => [...world.records.keys()].filter((key) => key.startsWith('n/'));
const settles = () => new Promise((done) => setImmediate(done));

beforeEach(async () => {
  world = await World.begins();
  book = new Book();
  listens(world);
  const plain = globalThis.fetch;
  vi.stubGlobal('fetch', async (path: string, init: RequestInit) => {
    const isAsked = isNotes({ method: init.method ?? 'GET', path, body: {} });
    const answer = await plain(path, init);
    return isAsked && answer.ok ? Response.json(await book.hands(path)) : answer;
  });
  world.answer = (asked) => {
    if (asked.path.includes('/consents')) return { words: [] };
    if (asked.path.includes('/notes') && book.problem) throw new Trouble(book.problem);
    return {};
  };
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe('a note', () => {
  test('is on the disk sealed, is read by its author before it is sent, and goes once the relay has the request', async () => {
    world.request = { ...world.request, safety: 'here' };
    await world.cases.writeNote(REQUEST, 'care', text('Belt liever twee keer aan'));
    expect(world.text).not.toContain('twee keer');
    expect(world.cases.shelf.count()).toEqual({ unsent: 1, refused: 0 });
    world.starts();
    expect(await texts()).toEqual(['Belt liever twee keer aan']);
    expect(view().notes).toMatchObject([{ audience: 'care', mine: true, state: 'waiting', seen_by: [] }]);
    expect(world.errands).toEqual([]);

    world.request = { ...world.request, safety: 'sent' };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count().unsent).toBe(0));
    const sent = world.asked.find(({ method, path }) => method === 'POST' && path.includes('/notes?'));
    expect(sent?.path).toBe(`/api/cases/${REQUEST}/notes?street=${STREET}`);
    const [note] = sent?.body['notes'] as { id: string; audience: string; key: string; enc: string; sealed: string }[];
    expect(note).toMatchObject({ audience: 'care', key: world.recordKey?.id });
    const about = joined(fromBase64url(REQUEST), fromBase64url(note?.id ?? ''));
    const content = await open(world.recordKeys, 'kruispunt/note/1', about, note ?? { enc: '', sealed: '' });
    expect(read(content)).toEqual(text('Belt liever twee keer aan'));
    // It stays readable here, also without reception.
    world.live = false;
    expect(view().notes).toMatchObject([{ state: 'sent', mine: true }]);
    expect(await texts()).toEqual(['Belt liever twee keer aan']);
  });

  test('is sealed again to the key the relay has now', async () => {
    await world.turnsRecordKey(4);
    await world.cases.writeNote(REQUEST, 'case', text('Sleutel ligt klaar'));
    await world.turnsRecordKey(5);
    const plain = world.answer;
    world.answer = (asked) => {
      const [note] = (asked.body['notes'] ?? []) as { key: string }[];
      if (note && note.key !== world.recordKey?.id) throw new Trouble('record-key-unknown');
      return plain(asked);
    };
    world.cases.stirs();
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 }));
  });

  test('that is refused stays with its reason until its author read it', async () => {
    book.problem = 'consent-missing';
    await world.cases.writeNote(REQUEST, 'case', text('Komt er nog iemand?'));
    await vi.waitFor(() => expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 1 }));
    const [note] = view().notes;
    expect(note?.state).toBe('refused');
    expect(world.cases.errands().refused).toMatchObject([
      { id: note?.errand, kind: 'talk', request: REQUEST, reason: 'consent-missing' },
    ]);
    const { text: file, pieces } = onFile(world.puts, Date.now());
    expect(pieces).toBe(1);
    expect(file).not.toContain('nog iemand');
    await world.cases.dismiss(note?.errand ?? '');
    expect(view().notes).toEqual([]);
  });

  test('is for whom its writer may write, and is no longer than the relay takes', async () => {
    world.request = { ...world.request, can: HELPER, helping: true, stage: 'matched' };
    expect(view().audiences).toEqual(['case']);
    await expect(world.cases.writeNote(REQUEST, 'care', text('A'))).rejects.toThrow('not-allowed');
    await expect(world.cases.writeNote(REQUEST, 'case', text('é'.repeat(1_100)))).rejects.toThrow('note-too-long');
    world.request = { ...world.request, stage: 'fed_back', can: AUTHOR };
    expect(view().audiences).toEqual([]);
    world.request = null;
    await expect(world.cases.writeNote(REQUEST, 'case', text('A'))).rejects.toThrow('not-allowed');
    expect(world.records.size).toBe(0);
  });
});

describe('notes of others', () => {
  test('are read with reception, and again without', async () => {
    book.bram(1, 'Ik ben er om tien uur');
    book.bram(2, 'Beperkt zelfredzaam', 'care');
    expect(view()).toMatchObject({ notes: [], heard_at: null });
    expect(await texts()).toEqual(['Ik ben er om tien uur', 'Beperkt zelfredzaam']);
    expect(world.text).not.toContain('tien uur');
    world.live = false;
    world.starts();
    expect(await texts()).toEqual(['Ik ben er om tien uur', 'Beperkt zelfredzaam']);
    expect(view().notes).toMatchObject([
      { id: id(1), name: 'Bram', member: BRAM, mine: false, state: 'sent' },
      { id: id(2), audience: 'care' },
    ]);
    expect(view().heard_at).not.toBeNull();
  });

  test('come page by page, and only those that are new', async () => {
    book.pages = 2;
    for (const digit of [1, 2, 3]) book.bram(digit, `nummer ${digit}`);
    expect(await texts()).toHaveLength(3);
    expect(asks()).toEqual(['0', '2']);
    book.bram(4, 'nummer 4');
    expect(await texts()).toHaveLength(4);
    expect(asks()).toEqual(['0', '2', '3']);
  });

  test('that were not for somebody before come once they are', async () => {
    world.request = { ...world.request, can: HELPER, helping: true, stage: 'matched' };
    book.audiences = ['case'];
    book.bram(1, 'Beperkt zelfredzaam', 'care');
    book.bram(2, 'Ik ben er om tien uur');
    expect(await texts()).toEqual(['Ik ben er om tien uur']);
    world.request = { ...world.request, can: AUTHOR };
    book.audiences = ['case', 'care'];
    expect(await texts()).toEqual(['Beperkt zelfredzaam', 'Ik ben er om tien uur']);
    expect(asks()).toEqual(['0', '0']);
  });

  test('have no name any more when whoever wrote them is erased', async () => {
    book.bram(1, 'Ik ben er om tien uur');
    book.seen = [{ member: BRAM, first_name: 'Bram', audience: 'case', until: 1 }];
    await world.cases.readNotes(REQUEST);
    expect(world.text).toContain('Bram');
    const before = globalThis.fetch;
    vi.stubGlobal('fetch', (path: string, init: RequestInit) =>
      path === '/api/devices/this/erasures' && init.method === 'GET'
        ? Promise.resolve(Response.json({ erasures: [{ id: id(5), kind: 'member', subject: BRAM }] }))
        : before(path, init),
    );
    world.live = false;
    world.cases.stirs();
    world.live = true;
    world.cases.stirs();
    await vi.waitFor(() => expect(world.text).not.toContain('Bram'));
    expect(view().notes).toMatchObject([{ member: BRAM, name: null, seen_by: [] }]);
  });

  test('are asked for while somebody looks, and not in a hurry', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const ticks = async (ms: number) => {
      vi.setSystemTime(Date.now() + ms);
      world.cases.stirs();
      await vi.waitFor(settles);
    };
    await ticks(5_000);
    expect(asks()).toHaveLength(0);
    world.followed = [REQUEST];
    book.bram(1, 'Ik kom eraan');
    await ticks(5_000);
    await vi.waitFor(() => expect(view().unseen).toBe(1));
    expect(asks()).toHaveLength(1);
    for (let times = 0; times < 5; times++) await ticks(5_000);
    expect(asks()).toHaveLength(1);
    await ticks(5_000);
    await vi.waitFor(() => expect(asks()).toHaveLength(2));
    // Something changed on the board: perhaps that is why somebody wrote.
    world.request = { ...world.request, helping: true };
    await ticks(5_000);
    await vi.waitFor(() => expect(asks()).toHaveLength(3));
    world.live = false;
    await ticks(60_000);
    expect(asks()).toHaveLength(3);
  });

  test('are seen when they are read, which the relay hears once and never less', async () => {
    world.live = true;
    book.bram(1, 'een');
    await world.cases.notes.ask(REQUEST);
    expect(view().unseen).toBe(1);
    world.live = false;
    await world.cases.readNotes(REQUEST);
    expect(view().unseen).toBe(0);
    // Nobody did anything that could get lost.
    expect(world.cases.shelf.count()).toEqual({ unsent: 0, refused: 0 });
    expect(world.cases.errands()).toEqual({ waiting: [], refused: [] });
    world.live = true;
    book.bram(2, 'twee');
    await world.cases.readNotes(REQUEST);
    await vi.waitFor(() => expect(world.cases.shelf.errands.size).toBe(0));
    const saw = () => world.asked.filter(({ path }) => path.includes('/notes/seen')).map(({ body }) => body['until']);
    expect(saw().at(-1)).toBe(2);
    const times = saw().length;
    await world.cases.readNotes(REQUEST);
    world.cases.stirs();
    await settles();
    expect(saw()).toHaveLength(times);
  });

  test('show who has seen them, and what was seen on another phone of mine', async () => {
    book.notes.push({ id: id(1), audience: 'case', member: ME, content: text('een'), at: 1 });
    book.notes.push({ id: id(2), audience: 'care', member: ME, content: text('twee'), at: 2 });
    book.bram(3, 'drie');
    book.seen = [
      { member: BRAM, first_name: 'Bram', audience: 'case', until: 3 },
      { member: CARLA, first_name: 'Carla', audience: 'case', until: 2 },
      { member: CARLA, first_name: 'Carla', audience: 'care', until: 2 },
      { member: ME, first_name: 'Wil', audience: 'case', until: 3 },
    ];
    await world.cases.notes.ask(REQUEST);
    expect(view().notes.map(({ seen_by }) => seen_by)).toEqual([['Bram', 'Carla'], ['Carla'], []]);
    expect(view().unseen).toBe(0);
  });
});

describe('copies of notes', () => {
  const hasRead = async () => {
    book.bram(1, 'een');
    book.bram(2, 'twee', 'care');
    await world.cases.readNotes(REQUEST);
    await vi.waitFor(() => expect(world.cases.shelf.errands.size).toBe(0));
    expect(copies()).toHaveLength(2);
  };

  const leaves = async (change: Partial<RequestCard> | null) => {
    world.request = change && { ...world.request, ...change };
    world.cases.stirs();
    await vi.waitFor(() => expect(copies()).toHaveLength(0));
    expect([...world.records.keys()].filter((key) => key.startsWith('s/'))).toEqual([]);
  };

  test('go when the case is no longer this member’s business', async () => {
    await hasRead();
    world.live = false;
    await leaves({ can: NOBODYS });
  });

  test('go when a helper lets go, and stay with them until it is closed', async () => {
    await hasRead();
    world.live = false;
    world.request = { ...world.request, can: { ...NOBODYS, notes: true }, helping: true, stage: 'done' };
    world.cases.stirs();
    await vi.waitFor(() => expect(copies()).toEqual([`n/${REQUEST}/${id(1)}`]));
    expect(await texts()).toEqual(['een']);
    await leaves({ stage: 'fed_back' });
  });

  test('go when the request is gone from the board', async () => {
    await hasRead();
    world.live = false;
    await leaves(null);
  });

  test('go when the resident took their word back', async () => {
    await hasRead();
    world.request = { ...world.request, can: HELPER, helping: true, stage: 'matched' };
    world.answer = ({ path }) =>
      path.includes('/consents')
        ? { words: [{ id: id(9), n: 1, purpose: 'help', recipient: 'volunteer', given: false, how: 'spoken', at: 1 }] }
        : {};
    await world.cases.hear(REQUEST);
    await vi.waitFor(() => expect(copies()).toHaveLength(0));
  });

  test('go when the relay says so', async () => {
    await hasRead();
    book.problem = 'case-closed';
    await expect(world.cases.readNotes(REQUEST)).rejects.toThrow('case-closed');
    expect(copies()).toHaveLength(0);
  });

  test('go when their time is over, and come anew before that where there is reception', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await hasRead();
    vi.setSystemTime(Date.now() + 4 * DAY);
    await world.cases.readNotes(REQUEST);
    expect(asks()).toEqual(['0', '0']);
    world.live = false;
    vi.setSystemTime(Date.now() + 7 * DAY);
    world.cases.stirs();
    await vi.waitFor(() => expect(copies()).toHaveLength(0));
    expect(await texts()).toEqual([]);
    world.live = true;
    expect(await texts()).toEqual(['een', 'twee']);
    expect(view().unseen).toBe(0);
  });

  test('go with a new code, and are asked for anew', async () => {
    await hasRead();
    await world.cases.rekeyed();
    expect(copies()).toHaveLength(0);
    expect(await texts()).toEqual(['een', 'twee']);
    expect(asks()).toEqual(['0', '0']);
  });

  test('go with an erasure', async () => {
    await hasRead();
    await world.cases.writeNote(REQUEST, 'case', text('drie'));
    await vi.waitFor(() => expect(world.cases.shelf.count().unsent).toBe(0));
    const keys = world.cases.shelf.about(REQUEST).filter((key) => world.cases.shelf.has(key));
    expect(keys.sort()).toEqual([...world.records.keys()].filter((key) => key.includes(REQUEST)).sort());
  });
});

test('the shelf of another tab holds the same, from the same records', async () => {
  book.bram(1, 'een');
  await world.cases.readNotes(REQUEST);
  await vi.waitFor(() => expect(world.cases.shelf.errands.size).toBe(0));
  const shelf = new Shelf();
  shelf.load(world.puts);
  expect(shelf.notesOf(REQUEST)).toEqual(world.cases.shelf.notesOf(REQUEST));
  expect(shelf.requestsWithNotes()).toEqual([REQUEST]);
  shelf.absorb([], [`n/${REQUEST}/${id(1)}`, `s/${REQUEST}`]);
  expect(shelf.requestsWithNotes()).toEqual([]);
});
