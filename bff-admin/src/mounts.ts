import type { MountTools } from '@cloudphone/bff';
import { CAMPAIGN_QUEUES } from '@cloudphone/contracts';
import type { Mount } from '@cloudphone/http';
import { createQueueBoard } from '@cloudphone/jobs';
import { having } from './having.ts';

/** The queues of campaigns, to look at. */
function queueBoard({ jobsRedis, logger, lifecycle }: MountTools): Mount {
  const path = '/admin/queues';
  const queues = Object.values(CAMPAIGN_QUEUES);
  const board = createQueueBoard({ redis: jobsRedis, queues, path, logger });
  lifecycle.onClose('queue board', () => board.close());
  return { path, access: having('queues:read'), router: board.router };
}

/** Ready-made applications of others. */
export const mounts = [queueBoard];
