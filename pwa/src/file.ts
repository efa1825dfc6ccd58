import type { Unsent } from '@worker/contract';

/**
 * Gives a person a file: to share where the phone can do that, else among the downloads. Answers whether they took it.
 *
 * Phones share texts and no JSON, so what is shared is called a text; it is the same.
 */
export async function saveFile({ name, text }: Unsent): Promise<boolean> {
  const file = new File([text], `${name}.txt`, { type: 'text/plain' });
  if (matchMedia('(pointer: coarse)').matches && navigator.canShare?.({ files: [file] })) {
    try {
      await navigator.share({ files: [file] });
      return true;
    } catch (thrown) {
      // They changed their mind. Anything else is the phone's trouble, and a download may still work.
      if (thrown instanceof DOMException && thrown.name === 'AbortError') return false;
    }
  }
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.json`;
  link.click();
  // The browser has taken it by then; there is no event that says so.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return true;
}
