/** What each screen of this bundle needs to be told. `why`: what somebody just did, who may be asked now. */
export type Ringing =
  | { part: 'bell' }
  | { part: 'inbox' }
  | { part: 'settings' }
  | { part: 'mail' }
  | { part: 'ask'; why: 'helper' | 'ambassador' | 'inbox' };
