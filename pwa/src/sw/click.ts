/** Somebody tapped a notification, or one of its buttons. */
import { ACTIONS, rungBy } from '../push/payload';
import { answers } from './answer';
import { opens } from './windows';

export async function taps({ action, notification }: NotificationEvent): Promise<void> {
  const rung = rungBy(notification.data);
  const reply = ACTIONS.find((known) => known === action);
  if (reply !== undefined && rung.request !== null) {
    const { tag, title, lang } = notification;
    const close = () => notification.close();
    return answers({ tag, title, lang, close }, { ...rung, request: rung.request }, reply);
  }
  notification.close();
  await opens(rung.leads);
}
