import ask from '@tabler/icons/outline/user-question.svg?path';
import bookmark from '@tabler/icons/outline/bookmark.svg?path';
import columns from '@tabler/icons/outline/layout-columns.svg?path';
import down from '@tabler/icons/outline/arrow-down.svg?path';
import filter from '@tabler/icons/outline/filter.svg?path';
import flag from '@tabler/icons/outline/flag.svg?path';
import formal from '@tabler/icons/outline/building.svg?path';
import hand from '@tabler/icons/outline/hand-stop.svg?path';
import keyboard from '@tabler/icons/outline/keyboard.svg?path';
import letGo from '@tabler/icons/outline/user-minus.svg?path';
import match from '@tabler/icons/outline/user-check.svg?path';
import merge from '@tabler/icons/outline/arrow-merge.svg?path';
import route from '@tabler/icons/outline/route.svg?path';
import search from '@tabler/icons/outline/search.svg?path';
import seen from '@tabler/icons/outline/eye-check.svg?path';
import split from '@tabler/icons/outline/arrows-split.svg?path';
import stairs from '@tabler/icons/outline/stairs.svg?path';
import star from '@tabler/icons/outline/star.svg?path';
import table from '@tabler/icons/outline/table.svg?path';
import team from '@tabler/icons/outline/building-community.svg?path';
import up from '@tabler/icons/outline/arrow-up.svg?path';

/** Pictograms of the desk. */
export const icons = {
  ask,
  bookmark,
  columns,
  down,
  filter,
  flag,
  formal,
  hand,
  keyboard,
  letGo,
  match,
  merge,
  route,
  search,
  seen,
  split,
  stairs,
  star,
  table,
  team,
  up,
};
