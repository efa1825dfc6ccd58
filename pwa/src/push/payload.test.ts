import { describe, expect, it } from 'vitest';
import { INBOX, leadsTo } from './leads';
import { rungBy, toldBy } from './payload';

const HERE = 'https://kruispunt.example';
const REQUEST = 'AbCdEfGhIjKlMnOpQrStUv';
const NOTICE = 'N'.repeat(22);

const notification = {
  title: 'Kun jij even helpen?',
  body: 'Nieuwe vraag in je buurt: klusjes.',
  lang: 'nl',
  dir: 'ltr',
  navigate: `${HERE}/#/request/${REQUEST}`,
  tag: 'topic',
  silent: false,
  app_badge: '3',
  actions: [
    { action: 'accept', title: 'Ik help', navigate: HERE },
    { action: 'not_now', title: 'Nu niet', navigate: HERE },
  ],
  data: { kind: 'task', request: REQUEST, notice: NOTICE, topic: 'topic' },
};
const message = (said: object = {}, around: object = {}) =>
  JSON.stringify({ web_push: 8030, notification: { ...notification, ...said }, app_badge: '3', ...around });
const told = (said: object = {}, around: object = {}) => toldBy(message(said, around), HERE);

describe('a push from the relay', () => {
  it('is shown as it says, with what belongs to it', () => {
    expect(told()).toEqual({
      title: 'Kun jij even helpen?',
      body: 'Nieuwe vraag in je buurt: klusjes.',
      lang: 'nl',
      dir: 'ltr',
      tag: 'topic',
      isSilent: false,
      badge: 3,
      actions: [
        { action: 'accept', title: 'Ik help' },
        { action: 'not_now', title: 'Nu niet' },
      ],
      data: { kind: 'task', request: REQUEST, notice: NOTICE, leads: `#/request/${REQUEST}` },
    });
  });

  it('is read with the spaces it was filled up with', () => {
    expect(toldBy(`${message()}${' '.repeat(400)}`, HERE)?.title).toBe('Kun jij even helpen?');
  });

  it('of several notices leads to the inbox and offers no deed', () => {
    const several = { navigate: `${HERE}/#/inbox`, actions: undefined, data: { kind: 'several', topic: 'inbox' } };
    expect(told(several)).toMatchObject({ actions: [], data: { request: null, notice: null, leads: INBOX } });
  });
});

describe('a push of a stranger', () => {
  it.each([
    ['nothing', undefined],
    ['no text', ''],
    ['no JSON', 'hello'],
    ['null', 'null'],
    ['a number', '8030'],
    ['a list', '[]'],
    ['no notification', '{"web_push":8030}'],
    ['another form', message({}, { web_push: 8031 })],
    ['a notification that is a text', message({}, { notification: 'x' })],
    ['no title', message({ title: undefined })],
    ['an empty title', message({ title: '   ' })],
    ['a title that is an object', message({ title: { toString: 'x' } })],
  ])('that says %s cannot be shown', (_, text) => {
    expect(toldBy(text, HERE)).toBeUndefined();
  });

  it('says no more than fits on a screen', () => {
    const long = told({ title: 'a'.repeat(10_000), body: 'b'.repeat(10_000), tag: 'c'.repeat(10_000) });
    expect([long?.title.length, long?.body.length, long?.tag.length]).toEqual([120, 400, 64]);
  });

  it('puts nothing in the place of a language, a direction or a number', () => {
    const odd = told({ lang: 'nl"><b', dir: 'up', app_badge: '-1' }, { app_badge: 'NaN' });
    expect(odd).toMatchObject({ lang: '', dir: 'auto', badge: null });
    expect(told({ app_badge: '1e9' })?.badge).toBe(1e9);
    expect(told({ app_badge: {} })?.badge).toBeNull();
    expect(told({ app_badge: undefined }, { app_badge: 0 })?.badge).toBe(0);
  });

  it('offers only the deeds there are, and only about a request', () => {
    const others = [{ action: 'erase', title: 'x' }, null, 'accept', { action: 'accept', title: 7 }];
    expect(told({ actions: others })?.actions).toEqual([]);
    expect(told({ actions: 'accept' })?.actions).toEqual([]);
    expect(told({ data: { ...notification.data, request: '../../x' } })).toMatchObject({
      actions: [],
      data: { request: null },
    });
  });

  it('brings no pictures, sounds or anything else of its own', () => {
    const more = told({ icon: 'https://evil.example/x.png', image: 'x', vibrate: [1], requireInteraction: true });
    expect(Object.keys(more ?? {}).sort()).toEqual(Object.keys(told() ?? {}).sort());
  });
});

describe('where a notification leads', () => {
  it.each([
    [`${HERE}/#/request/${REQUEST}`, `#/request/${REQUEST}`],
    [`/#/intake`, '#/intake'],
    [`${HERE}/#/people`, '#/people'],
    [`${HERE}/#/inbox`, INBOX],
  ])('%s is a screen of this app', (address, leads) => {
    expect(leadsTo(address, HERE)).toBe(leads);
  });

  it.each([
    ['another origin', `https://evil.example/#/request/${REQUEST}`],
    ['the same name with another port', `https://kruispunt.example:8443/#/request/${REQUEST}`],
    ['the same name without TLS', `http://kruispunt.example/#/request/${REQUEST}`],
    ['an origin that looks alike', `https://kruispunt.example.evil.example/#/people`],
    ['an address with a name in it', `https://kruispunt.example@evil.example/#/people`],
    ['a user of this origin', `https://somebody@kruispunt.example/#/people`],
    ['no scheme', `//evil.example/#/people`],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['another path of this origin', `${HERE}/api/me`],
    ['no address', 'http://['],
    ['nothing', undefined],
    ['a number', 7],
    ['a screen there is not', `${HERE}/#/nowhere`],
    ['a way in', `${HERE}/#/start/secret`],
    ['a link of an e-mail', `${HERE}/#/mail/stop/secret`],
    ['the page of residents', `${HERE}/#/vraag/code`],
  ])('%s leads to the inbox', (_, address) => {
    expect(leadsTo(address, HERE)).toBe(INBOX);
  });

  it('is kept with the notification, and read again as carefully', () => {
    const kept = told()?.data;
    expect(rungBy(structuredClone(kept))).toEqual(kept);
    expect(rungBy(null)).toEqual({ kind: '', request: null, notice: null, leads: INBOX });
    expect(rungBy({ leads: 'https://evil.example', request: 7 })).toMatchObject({ request: null, leads: INBOX });
  });
});
