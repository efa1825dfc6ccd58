/** What the service worker reads of this phone without its core. */
import { Store } from '@worker/store';

const SILENT = { closed: () => undefined, outgrown: () => undefined, blocked: () => undefined };

export const disk = (): Promise<Store> => Store.open(SILENT);

/** Whether somebody set a code on this phone. */
export async function hasCode(): Promise<boolean> {
  const record = await disk()
    .then((store) => store.sealingKey())
    .catch(() => undefined);
  return record?.guarded !== undefined;
}

/** Whether nobody is signed in here. Of a disk that cannot be read nobody knows. */
export async function isNobodys(): Promise<boolean> {
  return disk()
    .then((store) => store.device())
    .then(
      (device) => device?.id === undefined,
      () => false,
    );
}
