import { recall, remember } from './memory';

export const LIGHTS = ['auto', 'light', 'dark'] as const;
export type Light = (typeof LIGHTS)[number];

const kept = recall('light');
const dark = matchMedia('(prefers-color-scheme: dark)');
let light = $state<Light>(LIGHTS.find((known) => known === kept) ?? 'auto');

export const shade = {
  get current(): Light {
    return light;
  },
};

/** `first-light.js` does the same before the first paint, and until this is loaded. */
function apply(): void {
  const shown = light === 'auto' ? (dark.matches ? 'dark' : 'light') : light;
  document.documentElement.dataset['light'] = shown;
}

dark.addEventListener('change', apply);

export function shine(next: Light): void {
  light = next;
  remember('light', next);
  apply();
}
