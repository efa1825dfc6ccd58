import alert from '@tabler/icons/outline/alert-triangle.svg?path';
import arrowBackUp from '@tabler/icons/outline/arrow-back-up.svg?path';
import balloon from '@tabler/icons/outline/balloon.svg?path';
import basket from '@tabler/icons/outline/basket.svg?path';
import bolt from '@tabler/icons/outline/bolt.svg?path';
import calendar from '@tabler/icons/outline/calendar.svg?path';
import calendarWeek from '@tabler/icons/outline/calendar-week.svg?path';
import car from '@tabler/icons/outline/car.svg?path';
import check from '@tabler/icons/outline/check.svg?path';
import chevronDown from '@tabler/icons/outline/chevron-down.svg?path';
import chevronLeft from '@tabler/icons/outline/chevron-left.svg?path';
import chevronRight from '@tabler/icons/outline/chevron-right.svg?path';
import circleCheck from '@tabler/icons/outline/circle-check.svg?path';
import coffee from '@tabler/icons/outline/coffee.svg?path';
import dots from '@tabler/icons/outline/dots.svg?path';
import download from '@tabler/icons/outline/download.svg?path';
import fileText from '@tabler/icons/outline/file-text.svg?path';
import hearts from '@tabler/icons/outline/hearts.svg?path';
import heartHandshake from '@tabler/icons/outline/heart-handshake.svg?path';
import home from '@tabler/icons/outline/home.svg?path';
import hourglass from '@tabler/icons/outline/hourglass.svg?path';
import language from '@tabler/icons/outline/language.svg?path';
import board from '@tabler/icons/outline/layout-kanban.svg?path';
import leaf from '@tabler/icons/outline/leaf.svg?path';
import lock from '@tabler/icons/outline/lock.svg?path';
import mail from '@tabler/icons/outline/mail.svg?path';
import mapPin from '@tabler/icons/outline/map-pin.svg?path';
import messageCircle from '@tabler/icons/outline/message-circle.svg?path';
import messageQuestion from '@tabler/icons/outline/message-question.svg?path';
import mobile from '@tabler/icons/outline/device-mobile.svg?path';
import moon from '@tabler/icons/outline/moon.svg?path';
import pencil from '@tabler/icons/outline/pencil.svg?path';
import phone from '@tabler/icons/outline/phone.svg?path';
import plus from '@tabler/icons/outline/plus.svg?path';
import repeat from '@tabler/icons/outline/repeat.svg?path';
import stethoscope from '@tabler/icons/outline/stethoscope.svg?path';
import stop from '@tabler/icons/outline/player-stop.svg?path';
import sun from '@tabler/icons/outline/sun.svg?path';
import sunMoon from '@tabler/icons/outline/sun-moon.svg?path';
import tools from '@tabler/icons/outline/tools.svg?path';
import trees from '@tabler/icons/outline/trees.svg?path';
import userCircle from '@tabler/icons/outline/user-circle.svg?path';
import users from '@tabler/icons/outline/users.svg?path';
import volume from '@tabler/icons/outline/volume.svg?path';
import x from '@tabler/icons/outline/x.svg?path';

/** The one family of pictograms, by what they mean here. */
export const drawings = {
  'theme.groceries': basket,
  'theme.transport': car,
  'theme.company': coffee,
  'theme.chores': tools,
  'theme.paperwork': fileText,
  'theme.digital': mobile,
  'theme.language': language,
  'theme.children': balloon,
  'theme.care': stethoscope,
  'theme.liveability': trees,
  'theme.other': messageQuestion,
  'stage.logged': pencil,
  'stage.open': hearts,
  'stage.offered': hourglass,
  'stage.matched': heartHandshake,
  'stage.done': messageCircle,
  'stage.fed_back': circleCheck,
  'stage.closed': circleCheck,
  'stage.solved': circleCheck,
  'stage.withdrawn': arrowBackUp,
  'role.ambassador': home,
  'role.volunteer': heartHandshake,
  'role.coordinator': board,
  'role.process_manager': board,
  'role.steward': userCircle,
  'role.file_manager': users,
  'role.organisation_contact': users,
  'role.neighbourhood_team': users,
  'urgency.today': bolt,
  'urgency.this_week': calendarWeek,
  'urgency.can_wait': leaf,
  'how.in_person': home,
  'how.phone': phone,
  'how.letter': mail,
  'light.auto': sunMoon,
  'light.light': sun,
  'light.dark': moon,
  alert,
  back: chevronLeft,
  calendar,
  check,
  close: x,
  down: chevronDown,
  file: download,
  forward: chevronRight,
  help: heartHandshake,
  me: userCircle,
  lock,
  more: dots,
  place: mapPin,
  plus,
  repeat,
  stop,
  street: home,
  board,
  tell: messageCircle,
  undo: arrowBackUp,
  users,
  volume,
  wait: hourglass,
} satisfies Record<string, string>;

export type Drawing = keyof typeof drawings;

/** What points forward or back in the direction of reading. */
export const WITH_THE_WORDS: ReadonlySet<Drawing> = new Set(['back', 'forward', 'undo', 'stage.withdrawn']);

/** The pictogram of something the core named, or a general one for a name from a newer version. */
export function drawingOf(name: string, otherwise: Drawing): Drawing {
  return name in drawings ? (name as Drawing) : otherwise;
}
