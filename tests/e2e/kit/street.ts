import { type Wish, asks } from './deeds';
import { Firefox } from './firefox';
import { Phone } from './phone';
import { PushService } from './push_service';
import { Relay } from './relay';
import { livesIn } from './ringing';

/**
 * A street in which pushes go round: the relay and its push service, an ambassador who writes things down in a Chromium,
 * and a volunteer who lives there and has a Firefox.
 */
export class Street {
  service!: PushService;
  relay!: Relay;
  fatma!: Phone;
  amina!: Firefox;

  async opens(): Promise<void> {
    this.service = await PushService.opens();
    this.relay = await Relay.opensFor(this.service);
    this.fatma = await Phone.of('Fatma', this.relay);
    await this.fatma.signsIn(this.relay);
    this.amina = await Firefox.of(this.service);
    await this.amina.signsIn(this.relay, 'Amina');
    await livesIn(this.amina, 'Lekstraat');
  }

  /** Also when it was opened by half. */
  async closes(): Promise<void> {
    await this.amina?.leaves();
    await this.fatma?.leaves();
    await this.relay?.closes();
    await this.service?.stops();
  }

  /** Fatma writes it down, and it is at the relay; gives which request it is. */
  asks(wish: Wish): Promise<string> {
    return asks(this.fatma, wish);
  }

  /** Her Firefox asks Amina, and she allows it; gives the subscription. */
  async allows(): Promise<string> {
    await this.amina.goes(`${this.relay.origin}/#/me/notices`);
    await this.amina.sees('Deze telefoon geeft geen seintje');
    await this.amina.presses('Zet aan');
    await this.amina.chrome.answersQuestion('allow');
    await this.amina.sees('Deze telefoon geeft een seintje');
    const { token } = await this.service.happenings.next('subscribed');
    return token;
  }
}
