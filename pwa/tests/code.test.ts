import { describe, expect, test } from 'vitest';
import { SealingKey, TRIES } from '@worker/cases/sealing-key';
import { open, seal } from '@worker/cases/sealing';
import type { SealingRecord } from '@worker/store';

/** A phone with a code: what is sealed to it, and who opens it. */
class Disk {
  record: SealingRecord | undefined;
  sealingKey = () => Promise.resolve(this.record);
  keepSealingKey = (record: SealingRecord, replace: boolean) => {
    if (!this.record || replace) this.record = record;
    return Promise.resolve(this.record);
  };
}

const about = new Uint8Array(16);
const words = new TextEncoder().encode('secret');
const INFO = 'kruispunt/on-this-phone/1';

async function opens(keys: SealingKey, sealed: Awaited<ReturnType<typeof seal>>): Promise<string> {
  return new TextDecoder().decode(await open(await keys.get(), INFO, about, sealed));
}

async function startsAnew(disk: Disk): Promise<SealingKey> {
  const keys = new SealingKey(disk);
  await keys.look();
  return keys;
}

/** Slow on purpose; on a busy machine very. */
describe('a phone with a code', { timeout: 120_000 }, () => {
  test('asks for it at every start, and opens what was sealed to it after that', async () => {
    const disk = new Disk();
    const keys = await startsAnew(disk);
    expect(keys.code).toBe('none');
    expect(await keys.setCode('4711', null)).toBe(true);
    expect(keys.code).toBe('open');
    const sealed = await seal(await keys.publicKey(), INFO, about, words);
    expect(await opens(keys, sealed)).toBe('secret');

    const later = await startsAnew(disk);
    expect(later.code).toBe('locked');
    await expect(later.get()).rejects.toMatchObject({ key: 'locked' });
    // Writing down at the door goes on: only opening waits.
    await seal(await later.publicKey(), INFO, about, words);
    await expect(later.unlock('4712')).rejects.toMatchObject({ key: 'code-wrong' });
    await later.unlock('4711');
    expect(await opens(later, sealed)).toBe('secret');
    later.lock();
    expect(later.code).toBe('locked');
  });

  test('holds no private half that lies open', async () => {
    const disk = new Disk();
    const keys = await startsAnew(disk);
    await keys.get();
    expect(disk.record?.keys.privateKey?.extractable).toBe(false);
    await keys.setCode('4711', null);
    expect(disk.record?.keys.privateKey).toBeUndefined();
    expect(disk.record?.registered).toBe(false);
  });

  test('takes another code, and none again, for who knows the present one', async () => {
    const disk = new Disk();
    const keys = await startsAnew(disk);
    await keys.setCode('4711', null);
    const sealed = await seal(await keys.publicKey(), INFO, about, words);
    await expect(keys.setCode('123456', '0000')).rejects.toMatchObject({ key: 'code-wrong' });
    expect(await keys.setCode('123456', '4711')).toBe(false);
    const later = await startsAnew(disk);
    await expect(later.unlock('4711')).rejects.toMatchObject({ key: 'code-wrong' });
    await expect(later.removeCode('4711')).rejects.toMatchObject({ key: 'code-wrong' });
    await later.removeCode('123456');
    expect(later.code).toBe('none');
    expect(await opens(await startsAnew(disk), sealed)).toBe('secret');
    expect(disk.record?.keys.privateKey?.extractable).toBe(false);
  });

  test('has nothing left behind it after ten wrong ones, also when it is started anew in between', async () => {
    const disk = new Disk();
    await (await startsAnew(disk)).setCode('4711', null);
    for (let tried = 1; tried < TRIES; tried++) {
      const keys = await startsAnew(disk);
      await expect(keys.unlock('0000')).rejects.toMatchObject({ key: 'code-wrong' });
    }
    const keys = await startsAnew(disk);
    await expect(keys.unlock('0000')).rejects.toMatchObject({ key: 'code-shut' });
    expect(keys.code).toBe('shut');
    expect(disk.record?.guarded?.wrapped).toHaveLength(0);
    await expect(keys.unlock('4711')).rejects.toMatchObject({ key: 'code-shut' });
    await expect(keys.get()).rejects.toMatchObject({ key: 'locked' });
  });

  test('counts wrong ones in a row only', async () => {
    const disk = new Disk();
    const keys = await startsAnew(disk);
    await keys.setCode('4711', null);
    for (let tried = 1; tried < TRIES; tried++) {
      await expect(keys.unlock('0000')).rejects.toMatchObject({ key: 'code-wrong' });
    }
    await keys.unlock('4711');
    await expect(keys.unlock('0000')).rejects.toMatchObject({ key: 'code-wrong' });
    expect(keys.code).toBe('open');
  });
});
