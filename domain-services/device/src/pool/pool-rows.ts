import type { PoolNode, PoolTotals } from '@cloudphone/contracts';
import type { Selectable } from '@cloudphone/postgres';
import type { NodeTable } from '../schema.ts';

export type NodeRow = Selectable<NodeTable>;

export function presentNode(row: NodeRow): PoolNode {
  return {
    name: row.name,
    capacity: row.capacity,
    used: row.used,
    isDraining: row.is_draining,
    version: row.version,
    updatedAt: row.updated_at.toISOString(),
  };
}

/** What nodes that are not draining offer together. */
export function totalsOf(nodes: readonly NodeRow[], lowPercent: number): PoolTotals {
  const open = nodes.filter((node) => !node.is_draining);
  const capacity = open.reduce((sum, node) => sum + node.capacity, 0);
  const used = open.reduce((sum, node) => sum + node.used, 0);
  const free = capacity - used;
  return { capacity, used, free, isLow: free * 100 <= capacity * lowPercent };
}
