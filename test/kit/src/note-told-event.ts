import { appendFile } from 'node:fs/promises';
import { inject } from 'vitest';

/** Lets the run's coverage of events count one that no outbox holds, as it stands in the log. */
export async function noteToldEvent(logRowJson: string): Promise<void> {
  await appendFile(inject('toldEventsFile'), `${logRowJson}\n`);
}
