import type { Route } from '@worker/contract';
import { drawings } from '@pwa/drawings';
import { icons } from '../icons';

const drawn: Record<Route, string> = {
  informal: drawings.users,
  combined: drawings.help,
  formal: icons.formal,
  neighbourhood_team: icons.team,
};

/** The pictogram of a way in which a request is answered; a general one for a way from a newer version. */
export const routeIcon = (route: string): string => (route in drawn ? drawn[route as Route] : icons.route);
