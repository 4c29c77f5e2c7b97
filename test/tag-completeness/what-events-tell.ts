import type { Answer } from './ask-service.ts';

/**
 * How far a running campaign is: no event tells it, its answers say that they are good for a second.
 * All else of them (that it runs, pauses, has ended) is told.
 */
const MOVING: ReadonlySet<string> = new Set([
  ...['processedUsers', 'successCount', 'failureCount', 'skippedCount', 'unknownCount'],
  ...['cancelledCount', 'progress', 'estimatedTimeRemaining', 'etaSeconds', 'limitedBy'],
  ...['channels', 'overTime', 'sent', 'failed', 'skipped', 'unknown'],
]);
const MOVING_PATH = /^\/notifications\/bulk/;

/**
 * What of an answer must not change untold. Of an absence only that it is one: the rest of a problem
 * document is about the request. Of one that time alone changes, too, not how far a campaign is.
 */
export function whatEventsTell(url: string, answer: Answer): Answer {
  if (answer.status === 404) return { ...answer, text: 'not found' };
  if (answer.untilMs === undefined || !MOVING_PATH.test(url)) return answer;
  const still = (name: string, value: unknown) => (MOVING.has(name) ? undefined : value);
  return { ...answer, text: JSON.stringify(JSON.parse(answer.text, still)) };
}
