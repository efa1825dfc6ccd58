/**
 * After a change of screen the heading takes the focus. When the screen is still reading its data there is no heading
 * yet: then the first one that appears takes it, so that nobody who listens is left at a place that vanished.
 */
let awaited = false;

export function awaitHeading(found: boolean): void {
  awaited = !found;
}

export function greet(heading: HTMLElement): void {
  if (!awaited) return;
  awaited = false;
  heading.focus({ preventScroll: true });
}
