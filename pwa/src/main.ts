import { mount } from 'svelte';
import App from './App.svelte';
import { speakAsChosen } from './i18n/words.svelte';
import { startRouting } from './route.svelte';
import { followVersions } from './version.svelte';
import './look/fonts.css';
import './look/tokens.css';
import './look/base.css';
import './look/button.css';

async function open(): Promise<void> {
  startRouting();
  await speakAsChosen();
  const target = document.getElementById('app');
  if (!target) return;
  target.replaceChildren();
  mount(App, { target });
  followVersions();
}

void open();
