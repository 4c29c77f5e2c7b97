import { writeFile } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import {
  presentCoverage,
  type RunPlaces,
  readPublishedEvents,
  unpublished,
} from './published-events.ts';

/**
 * After a whole run prints which events were published, and writes to the file that
 * EVENT_COVERAGE names what is wrong: registered types that nobody published, and events that do
 * not fit their schema. (To throw here would leave the run's engines running.)
 */
export function setup(project: TestProject): (() => Promise<void>) | undefined {
  const report = process.env.EVENT_COVERAGE;
  if (report === undefined) return undefined;
  return async () => {
    const published = await readPublishedEvents(
      project.getProvidedContext() as unknown as RunPlaces,
    );
    console.log(`\n${presentCoverage(published)}\n`);
    const missing = unpublished(published).map((type) => `${type} was published by nobody`);
    await writeFile(report, JSON.stringify([...missing, ...published.misfits]));
  };
}
