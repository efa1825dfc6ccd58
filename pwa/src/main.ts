import { mount } from 'svelte';
import { askedOn } from './address';
import App from './App.svelte';
import { speakAsChosen } from './i18n/words.svelte';
import { startRouting } from './route.svelte';
import { followVersions } from './version.svelte';
import './look/fonts.css';
import './look/tokens.css';
import './look/base.css';
import './look/button.css';

/** A page is one on which a resident asks, or the app of members, and never becomes the other. */
const code = askedOn(location.hash);
addEventListener('hashchange', () => {
  if (askedOn(location.hash) !== code) location.reload();
});

async function open(): Promise<void> {
  if (code === undefined) startRouting();
  await speakAsChosen();
  const target = document.getElementById('app');
  if (!target) return;
  if (code !== undefined) return (await import('./screens/ask/ask')).open(target, code);
  target.replaceChildren();
  mount(App, { target });
  followVersions();
}

void open();
