import { deviceCalls, tags } from '@cloudphone/contracts';
import { answerCall, type Route } from '@cloudphone/http';
import type { DeviceTools } from '../device-tools.ts';
import { presentNode, totalsOf } from './pool-rows.ts';

/** All nodes, by name, and what they offer together. */
export function getPoolRoute({ db, settings }: DeviceTools): Route {
  return answerCall(deviceCalls.getPool, async () => {
    const rows = await db.selectFrom('nodes').selectAll().orderBy('name').execute();
    const totals = totalsOf(rows, settings.poolLowPercent);
    return { body: { ...totals, nodes: rows.map(presentNode) }, tags: [{ tag: tags.pool() }] };
  });
}
