/** How long a screen at the Startpunt asks whether somebody is still there before it clears itself, in seconds. */
export const LEAVE_AFTER = 30;

/** How long it says thank you, in milliseconds. */
export const THANKS_MS = 20_000;
