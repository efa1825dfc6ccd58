/** Which family of browsers this is, as far as the steps to allow notifications differ. A guess, for words only. */
export type Family = 'ios' | 'android' | 'samsung' | 'firefox_android' | 'firefox' | 'safari' | 'chrome';

export function familyOf(agent: string, touches = 0): Family {
  // An iPad says that it is a Mac, but one with a touch screen.
  if (/iPhone|iPad|iPod/.test(agent) || (agent.includes('Macintosh') && touches > 1)) return 'ios';
  if (agent.includes('Android')) {
    if (agent.includes('SamsungBrowser')) return 'samsung';
    return agent.includes('Firefox') ? 'firefox_android' : 'android';
  }
  if (agent.includes('Firefox')) return 'firefox';
  if (agent.includes('Safari') && !/Chrome|Chromium|Edg/.test(agent)) return 'safari';
  return 'chrome';
}

export const family = (): Family => familyOf(navigator.userAgent, navigator.maxTouchPoints);
