import type { Outcome } from './campaign-run.ts';

/** Everything in which a campaign's own account and the oracle's log do not agree. */
export function judge(
  outcome: Outcome,
  promise: { readonly recipients: number; readonly hasKeys: boolean },
): string[] {
  const { end, accepted, bouncing, problems, completions } = outcome;
  const { recipients, hasKeys } = promise;
  const findings = [...outcome.broken];
  if (end.processedUsers !== recipients) findings.push(`${end.processedUsers} were processed`);
  if (completions !== outcome.rounds) {
    findings.push(`it was completed ${completions} times in ${outcome.rounds} rounds`);
  }

  const acceptedIds = new Set(accepted.map(({ userId }) => userId));
  const twice = accepted.filter(({ messages, keys }) => (hasKeys ? keys : messages) > 1);
  if (twice.length > 0) findings.push(`${twice.length} people got it more than once`);
  const problemIds = new Set(problems.map(({ userId }) => userId));
  const sent = recipients - problemIds.size;
  if (end.successCount !== sent)
    findings.push(`${end.successCount} successes, ${sent} by the list`);
  const unreached = [...Array(recipients).keys()].filter((index) => {
    const userId = idOf(index + 1);
    return !problemIds.has(userId) && !acceptedIds.has(userId);
  });
  if (unreached.length > 0) findings.push(`${unreached.length} are called sent and were not`);
  const lost = problems.filter(
    ({ userId, state }) => state !== 'unknown' && acceptedIds.has(userId),
  );
  if (lost.length > 0)
    findings.push(`${lost.length} were sent to and are called ${lost[0]?.state}`);

  const failed = problems.filter(({ state }) => state === 'failed').map(({ userId }) => userId);
  const wrongly = failed.filter((userId) => !bouncing.includes(userId));
  if (wrongly.length > 0) findings.push(`${wrongly.length} good recipients failed`);
  const unknown = problems.filter(({ state }) => state === 'unknown').length;
  if (unknown !== end.unknownCount) findings.push(`${end.unknownCount} unknown, ${unknown} listed`);
  if (hasKeys && unknown > 0) findings.push(`${unknown} unknown where nothing need be`);
  return findings;
}

const idOf = (number: number): string =>
  `00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
