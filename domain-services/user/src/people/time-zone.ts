import { invalidInput } from '@cloudphone/errors';

/** Throws invalid_input at `body.timeZone`. */
export function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch {
    throw invalidInput([{ path: 'body.timeZone', message: 'not a time zone (IANA name)' }]);
  }
}
