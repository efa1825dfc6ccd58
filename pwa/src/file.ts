import type { Unsent } from '@worker/contract';

export interface Saved {
  name: string;
  /** Without its dot. */
  ending: string;
  type: string;
  text: string;
}

/** Gives what is not sent yet. Phones share texts and no JSON, so what is shared is called a text; it is the same. */
export async function saveFile({ name, text }: Unsent): Promise<boolean> {
  const shared = await shares(new File([text], `${name}.txt`, { type: 'text/plain' }));
  return shared ?? downloads({ name, ending: 'json', type: 'application/json', text });
}

/** Gives a person a file: to share where the phone can do that, else among the downloads. Answers whether they took it. */
export async function saveAs(saved: Saved): Promise<boolean> {
  const { name, ending, type, text } = saved;
  return (await shares(new File([text], `${name}.${ending}`, { type }))) ?? downloads(saved);
}

/** Nothing where the phone cannot. */
async function shares(file: File): Promise<boolean | undefined> {
  if (!matchMedia('(pointer: coarse)').matches || !navigator.canShare?.({ files: [file] })) return undefined;
  try {
    await navigator.share({ files: [file] });
    return true;
  } catch (thrown) {
    // They changed their mind. Anything else is the phone's trouble, and a download may still work.
    return thrown instanceof DOMException && thrown.name === 'AbortError' ? false : undefined;
  }
}

function downloads({ name, ending, type, text }: Saved): boolean {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = `${name}.${ending}`;
  link.click();
  // The browser has taken it by then; there is no event that says so.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return true;
}
