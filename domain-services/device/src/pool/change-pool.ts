import type { NewEvent } from '@cloudphone/contracts';
import { sql } from '@cloudphone/postgres';
import type { DeviceTools, DeviceTransaction } from '../device-tools.ts';
import { type NodeRow, presentNode, totalsOf } from './pool-rows.ts';

type PoolTools = Pick<DeviceTools, 'clock' | 'settings'>;

/** What nodes are to be after a change; only those that change. */
type NodeChange = Pick<NodeRow, 'name'> &
  Partial<Pick<NodeRow, 'capacity' | 'used' | 'is_draining'>>;

/**
 * Changes nodes, one transaction at a time: `plan` sees every node as it is and says what becomes of
 * some; undefined leaves all as they are. Returns what that means to others, among it, once per
 * crossing, that places are few. The pool is the last thing that a transaction locks: device rows
 * come before.
 */
export async function changePool(
  tx: DeviceTransaction,
  { clock, settings }: PoolTools,
  plan: (nodes: readonly NodeRow[]) => readonly NodeChange[] | undefined,
): Promise<NewEvent[] | undefined> {
  const before = await tx.selectFrom('pool').select('is_low').forUpdate().executeTakeFirstOrThrow();
  const nodes = await tx.selectFrom('nodes').selectAll().orderBy('name').execute();
  const changes = plan(nodes);
  if (changes === undefined) return undefined;
  if (changes.length === 0) return [];

  const at = new Date(clock.now());
  const changed = new Map<string, NodeRow>();
  for (const { name, ...change } of changes) {
    const row = await tx
      .updateTable('nodes')
      .set({ ...change, version: sql`version + 1`, updated_at: at })
      .where('name', '=', name)
      .returningAll()
      .executeTakeFirstOrThrow();
    changed.set(name, row);
  }
  const after = nodes.map((node) => changed.get(node.name) ?? node);
  const totals = totalsOf(after, settings.poolLowPercent);
  if (totals.isLow !== before.is_low) {
    await tx.updateTable('pool').set({ is_low: totals.isLow }).execute();
  }
  const data = { ...totals, at: at.toISOString() };
  const isCrossing = totals.isLow && !before.is_low;
  return [
    ...[...changed.values()].map(
      (row): NewEvent => ({ type: 'device.node_changed', data: presentNode(row) }),
    ),
    { type: 'device.pool_changed', data },
    ...(isCrossing ? ([{ type: 'device.pool_low', data }] as const) : []),
  ];
}
