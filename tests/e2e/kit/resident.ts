import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Phone } from './phone';

type Locale = 'nl' | 'en' | 'ar';

export const NAME = 'Mevrouw Voorbeeld';

/** The words of the page on which a resident asks, by their keys. */
export function wordsOf(locale: Locale): (key: string) => string {
  const read = (book: string) =>
    JSON.parse(
      readFileSync(fileURLToPath(new URL(`../../../pwa/locales/${book}${locale}.json`, import.meta.url)), 'utf8'),
    ) as Record<string, unknown>;
  const words = { ...read(''), ...read('ask/') };
  return (key) => {
    const word = words[key];
    if (typeof word !== 'string') throw new Error(`there is no word for ${key}`);
    return word;
  };
}

/** What stands after the heading of the first screen, up to the answers that are looked over. */
export class Resident {
  readonly word: (key: string) => string;

  constructor(
    readonly phone: Phone,
    locale: Locale = 'nl',
    /** Called on every screen, with a name for it. */
    private readonly sees: (what: string) => Promise<void> = () => Promise.resolve(),
  ) {
    this.word = wordsOf(locale);
  }

  async heading(key: string): Promise<void> {
    await this.phone.page.getByRole('heading', { name: this.word(key), level: 1, exact: true }).waitFor();
  }

  async presses(key: string): Promise<void> {
    await this.phone.button(this.word(key)).click();
  }

  private async chooses(key: string): Promise<void> {
    await this.phone.page.getByRole('button', { name: new RegExp(`^${this.word(key)}`) }).click();
  }

  private async on(screen: string): Promise<void> {
    await this.heading(`asking.${screen}`);
    await this.sees(screen);
  }

  /** Coffee on Tuesday, this week, in this street or they do not know; `phone` is how they are found. */
  async answers(street: string | null, phone: string): Promise<void> {
    await this.on('start');
    await this.presses('asking.begin');
    await this.on('theme');
    await this.presses('theme.company');
    await this.on('ask');
    await this.presses('ask.coffee');
    await this.on('words');
    await this.phone.page.getByLabel(this.word('asking.words_label')).fill(`Zeg het maar op ${phone}`);
    await this.presses('do.next');
    await this.on('when');
    await this.phone.page.getByRole('radio', { name: this.word('day.tue'), exact: true }).check();
    await this.presses('do.next');
    await this.on('often');
    await this.chooses('repeat.once');
    await this.on('soon');
    await this.chooses('urgency.this_week');
    await this.on('street');
    await this.lives(street);
    await this.on('who');
    await this.phone.page.getByLabel(this.word('asking.who_name')).fill(NAME);
    await this.phone.page.getByLabel(this.word('asking.who_phone')).fill(phone);
    await this.phone.page.getByLabel(this.word(street ? 'asking.who_number' : 'asking.who_address')).fill('Elders 12');
    await this.presses('do.next');
    await this.on('consent');
    for (const group of await this.phone.page.getByRole('group').all()) {
      await group.getByRole('radio', { name: this.word('asking.yes'), exact: true }).check();
    }
    await this.presses('do.next');
    await this.on('check');
  }

  private async lives(street: string | null): Promise<void> {
    if (street === null) return this.presses('asking.street_unknown');
    await this.phone.page.getByLabel(this.word('asking.street_search')).fill(street.slice(0, 4));
    const found = this.phone.page.getByRole('button', { name: new RegExp(`^${street}`) });
    await found.first().click();
  }

  async sends(): Promise<void> {
    await this.presses('asking.send');
  }

  async isThanked(): Promise<void> {
    await this.on('thanks');
  }
}
