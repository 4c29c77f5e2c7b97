import type { BareAnswer } from '../bare-server.ts';
import { startChild } from '../child-program.ts';
import type { Lab } from './lab.ts';
import type { Address, PollJob } from './poller.ts';

/** How long each poll took, ms, at the same time as the bare server's answers. */
export interface Polls {
  readonly progressMs: readonly number[];
  /** Of a node:http server that does nothing else: what this machine lets anybody have. */
  readonly bareMs: readonly number[];
}

const TIMES_A_JOB = 10;
const BARE: BareAnswer = { body: '{}', headers: ['content-type', 'application/json'] };

/**
 * Asks the service how far a campaign is, and a bare server in turn, over kept connections and from a
 * process that does nothing else, until told to stop.
 */
export async function pollProgress(
  { service }: Pick<Lab, 'service'>,
  batchId: string,
  options: { readonly projectDir: string; readonly isOver: () => boolean },
): Promise<Polls> {
  const { projectDir, isOver } = options;
  const bare = await startChild<BareAnswer, string>('bare-server', projectDir);
  const poller = await startChild<PollJob, number[][]>('campaigns/poller', projectDir);
  const progressMs: number[] = [];
  const bareMs: number[] = [];
  try {
    const bareAddress = { url: await bare.ask(BARE), headers: {} };
    while (!isOver()) {
      const { url, headers } = await service.ask<Address>('address');
      const progress = { url: `${url}/notifications/bulk/${batchId}`, headers };
      const job = { addresses: [progress, bareAddress], times: TIMES_A_JOB };
      const [ofProgress = [], ofBare = []] = await poller.ask(job);
      progressMs.push(...ofProgress);
      bareMs.push(...ofBare);
    }
  } finally {
    await Promise.all([poller.stop(), bare.stop()]);
  }
  // The first open the connections.
  return { progressMs: progressMs.slice(1), bareMs: bareMs.slice(1) };
}
