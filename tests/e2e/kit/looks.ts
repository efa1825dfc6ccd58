import { DESKTOP, PHONE, type Phone } from './phone';

/** Looks at the present screen on a phone and on a desktop, light and dark, and gives what axe finds. */
export async function looks(phone: Phone, what: string): Promise<string[]> {
  const findings: string[] = [];
  for (const viewport of [PHONE, DESKTOP]) {
    await phone.page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await phone.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // The app follows with its next frame, and what was seen before that would be the other light.
      await phone.page.locator(`html[data-light="${colorScheme}"]`).waitFor({ state: 'attached' });
      const manner = `${what}-${viewport.width}-${colorScheme}`;
      await phone.isPhotographed(manner);
      for (const finding of await phone.accessibilityFindings()) findings.push(`${manner}: ${finding}`);
      const tooWide = await phone.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      if (tooWide) findings.push(`${manner}: wider than the screen`);
    }
  }
  return findings;
}
