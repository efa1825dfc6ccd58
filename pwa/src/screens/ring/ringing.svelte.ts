import type { Ringing, Wishes } from '@worker/contract';
import { ask, live } from '@pwa/core.svelte';
import { language } from '@pwa/i18n/words.svelte';
import { recall, remember } from '@pwa/memory';
import { listenerOf } from '@pwa/push/listener';
import { keepSpoken } from '@pwa/push/spoken';
import { agrees, endsIn } from '@pwa/push/subscription';
import { Trouble } from '@worker/trouble';
import { family } from './family';

/**
 * Whether this phone rings. Nothing depends on it: what would ring is in the inbox too.
 *
 * `install`: an iPhone rings only for what stands on its home screen. `never`: this browser cannot. `not_here`: the
 * relay sends nothing. `blocked`: somebody said no to the browser.
 */
export type Standing = 'install' | 'never' | 'not_here' | 'blocked' | 'on' | 'off';

/** What did not work is tried again after so long, doubled every time, and at most so long, in milliseconds. */
const AGAIN_MS = 60_000;
const LONGEST_AGAIN_MS = 60 * 60_000;

/** So long is waited for the service worker, in milliseconds. */
const READY_MS = 10_000;

let told = $state.raw<Ringing>();
let permission = $state<NotificationPermission>(mayAsk() ? Notification.permission : 'denied');
let isOn = $state(false);
/** Whether `isOn` is as the browser and the relay say, and not only as it begins. */
let isKnown = $state(false);
let choice = $state(recall('ring'));
/** For whom, and in which language, browser and relay agreed at this start. */
let agreedFor = '';
let failures = 0;
let again: ReturnType<typeof setTimeout> | undefined;

export const ringing = {
  /** What the relay said last about this device and its member; undefined until it did. */
  get told(): Ringing | undefined {
    return told;
  },
  get standing(): Standing {
    if (!mayAsk()) return family() === 'ios' && !isInstalled() ? 'install' : 'never';
    if (told?.key === null) return 'not_here';
    if (permission === 'denied') return 'blocked';
    return isOn && permission === 'granted' ? 'on' : 'off';
  },
  /** Whether somebody said yes or no to it on this phone. */
  get isAnswered(): boolean {
    return choice !== null;
  },
  /**
   * Whether it makes sense to ask: whoever is in did not say no on this phone, and it would ring but does not. What the
   * browser allowed may be of the member before, and a browser takes it back from an app that is seldom opened.
   */
  get mayBeAsked(): boolean {
    if (choice !== null && choice !== 'on') return false;
    const isSilent = permission === 'default' || (permission === 'granted' && isKnown && !isOn);
    return isSilent && mayAsk() && typeof told?.key === 'string';
  },
};

/** Whether this browser could ring at all. */
function mayAsk(): boolean {
  return 'Notification' in globalThis && 'PushManager' in globalThis && 'serviceWorker' in navigator;
}

function isInstalled(): boolean {
  return (
    matchMedia('(display-mode: standalone)').matches || (navigator as { standalone?: boolean }).standalone === true
  );
}

/** Rejects where the service worker does not come: where it could not be installed it never does. */
async function manager(): Promise<PushManager | undefined> {
  if (!mayAsk()) return undefined;
  let tooLong: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<never>((_, gives) => {
    tooLong = setTimeout(() => gives(new Trouble('unavailable')), READY_MS);
  });
  const { pushManager } = await Promise.race([navigator.serviceWorker.ready, patience]).finally(() =>
    clearTimeout(tooLong),
  );
  return pushManager;
}

function chooses(next: 'on' | 'off' | 'later'): void {
  choice = next;
  remember('ring', next);
}

/** Whether the relay can be asked for whoever uses this phone: behind a code it cannot. */
const mayCome = (): boolean => live.status.phase === 'ready' && !live.locked && live.status.link === 'online';

/**
 * At every start, and when the language changed: what the browser has and what the relay knows are made the same. To be
 * called whenever something changed that it may have waited for.
 */
export async function comesTogether(): Promise<void> {
  const who = `${live.status.me?.member ?? ''} ${language.current}`;
  const may = mayCome();
  // What failed may go better on another line.
  if (!may && failures > 0) agreedFor = '';
  if (!may || agreedFor === who) return;
  agreedFor = who;
  clearTimeout(again);
  try {
    await keepSpoken(language.current).catch(() => undefined);
    await hears();
    await tellsWhereAndHow();
    await agreeing(choice === 'on');
    failures = 0;
  } catch {
    // Often nothing changes after that for which it would be tried again.
    again = setTimeout(triesAgain, Math.min(AGAIN_MS * 2 ** failures++, LONGEST_AGAIN_MS));
    // The line went meanwhile: with the next one it need not wait.
    if (!mayCome()) agreedFor = '';
  }
}

function triesAgain(): void {
  agreedFor = '';
  void comesTogether();
}

export async function hears(): Promise<void> {
  const before = changes;
  const wereOnTheirWay = unsaved > 0;
  const heard = await ask<Ringing>({ method: 'GET', path: '/api/push' });
  // What was on its way when it was asked, or was chosen since, is newer than the answer.
  if (told && (wereOnTheirWay || before !== changes)) {
    told = { ...heard, wishes: told.wishes };
    return;
  }
  told = heard;
  relays = heard.wishes;
}

async function agreeing(makes: boolean): Promise<void> {
  permission = mayAsk() ? Notification.permission : 'denied';
  const pushing = await manager();
  if (!pushing) return;
  // What somebody turned off here, or in the browser, stays off, also where one of them forgot to let go of it.
  if (choice === 'off' || permission !== 'granted') {
    isOn = false;
    await endsIn(pushing);
    if (told?.subscribed) await ask({ method: 'DELETE', path: '/api/devices/this/push' });
  } else {
    isOn = (await agrees(pushing, listenerOf(ask), { makes, language: language.current })) === 'on';
  }
  isKnown = true;
}

/** In the hand that tapped: browsers ask a person only then. Rejects with a `Problem`. */
export async function turnOn(): Promise<void> {
  permission = await Notification.requestPermission();
  // Whoever waves the browser's question away may be asked by it again, from the settings.
  chooses(permission === 'granted' ? 'on' : 'later');
  if (permission === 'granted') await agreeing(true);
}

export async function turnOff(): Promise<void> {
  chooses('off');
  isOn = false;
  // Where there is no service worker, nothing was ever subscribed.
  const pushing = await manager().catch(() => undefined);
  if (pushing) await endsIn(pushing);
  // Without reception the push service says so to the relay, with the next message.
  await ask({ method: 'DELETE', path: '/api/devices/this/push' }).catch(() => undefined);
}

export function notNow(): void {
  chooses('later');
}

/** Somebody chose in another tab of this browser. */
export async function chosenElsewhere(next: string | null): Promise<void> {
  choice = next;
  if (next === 'on' || next === 'off') await agreeing(next === 'on').catch(() => undefined);
}

/** Somebody allowed or blocked it in the browser's own settings. */
export async function looksAgain(): Promise<void> {
  if (!mayAsk() || permission === Notification.permission) return;
  permission = Notification.permission;
  if (permission !== 'granted') isOn = false;
  else if (choice === 'on') await agreeing(true).catch(() => undefined);
}

/** Nobody is signed in here any more: what was known is of somebody else than the next. */
export function goes(): void {
  told = undefined;
  isOn = false;
  isKnown = false;
  agreedFor = '';
  failures = 0;
  clearTimeout(again);
  choice = null;
}

let changes = 0;
/** How many changes the relay has not answered yet. */
let unsaved = 0;
/** The wishes the relay has, as far as this phone heard. */
let relays: Wishes | undefined;
let saving: Promise<void> = Promise.resolve();

/**
 * Changes how somebody wants to hear. What was chosen is shown at once and sent in the order it was chosen, unless the
 * relay would not have it. Rejects with a `Problem`.
 */
export function wishes(change: Partial<Wishes>): Promise<void> {
  if (!told) return Promise.resolve();
  changes++;
  unsaved++;
  told = { ...told, wishes: { ...told.wishes, ...change } };
  saving = saving.catch(() => undefined).then(sendsWishes);
  return saving;
}

async function sendsWishes(): Promise<void> {
  const sent = told?.wishes;
  try {
    await ask({ method: 'PUT', path: '/api/members/me/wishes', body: sent }).finally(() => unsaved--);
    relays = sent;
  } catch (thrown) {
    await hears().catch(putsBack);
    throw thrown;
  }
}

/** Nothing is shown as chosen that was not; what was chosen since takes it along once more. */
function putsBack(): void {
  if (told && relays && unsaved === 0) told = { ...told, wishes: relays };
}

/** Quiet hours are those of where somebody is, and words those of the app. */
async function tellsWhereAndHow(): Promise<void> {
  const here = { time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, language: language.current };
  const said = told?.wishes;
  if (!said || (said.time_zone === here.time_zone && said.language === here.language)) return;
  // Whether this phone rings does not wait for that.
  await wishes(here).catch(() => undefined);
}
