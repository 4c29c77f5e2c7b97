import type { NewEvent } from '@cloudphone/contracts';
import type { DeviceTools, DeviceTransaction } from '../device-tools.ts';
import { changePool } from './change-pool.ts';
import type { NodeRow } from './pool-rows.ts';

/** The nodes whose places were taken, one for each device, and what to tell of it. */
export interface TakenPlaces {
  readonly nodeNames: readonly string[];
  readonly events: readonly NewEvent[];
}

/**
 * Takes places for `count` devices, each on the node that is least full, or all on the node named;
 * undefined when there are too few, and then none is taken. Nodes are never overfull, however many
 * ask at once.
 */
export async function takePlaces(
  tx: DeviceTransaction,
  tools: Pick<DeviceTools, 'clock' | 'settings'>,
  wanted: { readonly count: number; readonly nodeName?: string | undefined },
): Promise<TakenPlaces | undefined> {
  let nodeNames: string[] = [];
  const events = await changePool(tx, tools, (nodes) => {
    const open = nodes.filter(
      ({ name, is_draining }) => !is_draining && name === (wanted.nodeName ?? name),
    );
    const used = new Map(open.map((node) => [node.name, node.used]));
    for (let taken = 0; taken < wanted.count; taken++) {
      const node = leastFull(open, used);
      if (node === undefined) return undefined;
      used.set(node.name, (used.get(node.name) ?? 0) + 1);
      nodeNames = [...nodeNames, node.name];
    }
    return open.flatMap(({ name, used: before }) => {
      const after = used.get(name) ?? before;
      return after === before ? [] : [{ name, used: after }];
    });
  });
  return events && { nodeNames, events };
}

/** Gives the places of deleted devices back: one for each name, however often it comes. */
export async function freePlaces(
  tx: DeviceTransaction,
  tools: Pick<DeviceTools, 'clock' | 'settings'>,
  nodeNames: readonly string[],
): Promise<readonly NewEvent[]> {
  const events = await changePool(tx, tools, (nodes) =>
    nodes.flatMap(({ name, used }) => {
      const freed = nodeNames.filter((nodeName) => nodeName === name).length;
      return freed === 0 ? [] : [{ name, used: used - freed }];
    }),
  );
  return events ?? [];
}

/** Of nodes in order of their names, the first of the emptiest. */
function leastFull(
  nodes: readonly NodeRow[],
  used: ReadonlyMap<string, number>,
): NodeRow | undefined {
  const fullness = (node: NodeRow) => (used.get(node.name) ?? 0) / node.capacity;
  let best: NodeRow | undefined;
  for (const node of nodes) {
    if ((used.get(node.name) ?? 0) >= node.capacity) continue;
    if (best === undefined || fullness(node) < fullness(best)) best = node;
  }
  return best;
}
