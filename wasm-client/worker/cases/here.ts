/** What is sealed to this phone: by the phone itself, and by the relay once it knows the phone's key. */
import type { Bytes } from '../bytes';
import { Trouble, keyOf } from '../trouble';
import type { Ground } from './ground';
import { relay, type Call } from './relay';
import { open, publicHalf, seal, type Sealed } from './sealing';

export class Here {
  constructor(private readonly ground: Ground) {}

  async seal(about: Bytes, content: Bytes): Promise<Sealed> {
    return seal(await this.ground.keys.publicKey(), 'kruispunt/on-this-phone/1', about, content);
  }

  async open(about: Bytes, sealed: Sealed): Promise<Bytes> {
    return open(await this.ground.keys.get(), 'kruispunt/on-this-phone/1', about, sealed);
  }

  /** Tells the relay to which key to seal, unless it knows. */
  async registers(): Promise<void> {
    if (!(await this.ground.keys.isRegistered())) await this.registersAnew();
  }

  /** Asks for something that the relay seals to this phone. */
  async asks<T>(call: Call<T>): Promise<T> {
    // After a new code there is a new pair, and the relay would still seal to the old one.
    await this.registers();
    return this.ground.asMember(call).catch(async (thrown: unknown) => {
      if (keyOf(thrown) !== 'sealing-key-unknown') throw thrown;
      await this.registersAnew();
      return this.ground.asMember(call);
    });
  }

  private async registersAnew(): Promise<void> {
    const half = await publicHalf({ publicKey: await this.ground.keys.publicKey() });
    const signature = await this.ground.sign(`kruispunt/sealing/1\n${half}`);
    await this.ground.asMember(relay.sealingKey(half, signature));
    await this.ground.keys.register(true);
  }
}

export function unreadable(): never {
  throw new Trouble('card-unreadable');
}
