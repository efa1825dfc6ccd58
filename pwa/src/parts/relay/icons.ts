import archive from '@tabler/icons/outline/archive-off.svg?path';
import copy from '@tabler/icons/outline/copy.svg?path';
import history from '@tabler/icons/outline/history.svg?path';
import key from '@tabler/icons/outline/key.svg?path';
import lock from '@tabler/icons/outline/lock.svg?path';
import phoneOff from '@tabler/icons/outline/device-mobile-off.svg?path';
import phoneOn from '@tabler/icons/outline/device-mobile.svg?path';
import phonePlus from '@tabler/icons/outline/device-mobile-plus.svg?path';
import printer from '@tabler/icons/outline/printer.svg?path';
import qr from '@tabler/icons/outline/qrcode.svg?path';
import share from '@tabler/icons/outline/share-2.svg?path';
import trash from '@tabler/icons/outline/trash.svg?path';
import userPlus from '@tabler/icons/outline/user-plus.svg?path';
import clock from '@tabler/icons/outline/clock.svg?path';
import download from '@tabler/icons/outline/download.svg?path';
import eraser from '@tabler/icons/outline/eraser.svg?path';

/** Pictograms of the screens that come later. */
export const icons = {
  archive,
  clock,
  copy,
  download,
  eraser,
  history,
  key,
  lock,
  phoneOff,
  phoneOn,
  phonePlus,
  printer,
  qr,
  share,
  trash,
  userPlus,
};
