import { deviceCalls } from '@cloudphone/contracts';
import { appError, notFound, stateConflict, versionConflict } from '@cloudphone/errors';
import { answerCall, parseIfMatch, type Route } from '@cloudphone/http';
import { type DeviceTools, type DeviceTransaction, told } from '../device-tools.ts';
import { changePool } from './change-pool.ts';
import { presentNode } from './pool-rows.ts';

export function createNodeRoute(tools: DeviceTools): Route {
  return answerCall(deviceCalls.createNode, async ({ body: { name, capacity } }) => {
    const { result, eventIds } = await tools.writer.write(async (tx) => {
      const created = await tx
        .insertInto('nodes')
        .values({
          name,
          capacity: 0,
          used: 0,
          is_draining: false,
          version: 0,
          updated_at: new Date(tools.clock.now()),
        })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (created.numInsertedOrUpdatedRows === 0n) {
        throw appError('already_exists', { detail: 'There is a node of this name.' });
      }
      const events = await changePool(tx, tools, () => [{ name, capacity }]);
      return told(await readNode(tx, name), events ?? []);
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

/** A node that is draining gets nothing new; what is there stays until it is deleted. */
export function updateNodeRoute(tools: DeviceTools): Route {
  return answerCall(deviceCalls.updateNode, async ({ params: { nodeName }, body, headers }) => {
    const expected = parseIfMatch(headers);
    const { result, eventIds } = await tools.writer.write(async (tx) => {
      const events = await changePool(tx, tools, (nodes) => {
        const node = nodes.find(({ name }) => name === nodeName);
        if (node === undefined) throw notFound('node', nodeName);
        if (expected !== undefined && expected !== node.version) {
          throw versionConflict('node', nodeName, node.version);
        }
        const { capacity = node.capacity, isDraining = node.is_draining } = body;
        if (node.used > capacity) {
          throw stateConflict('node', nodeName, `It holds ${node.used} devices.`);
        }
        if (capacity === node.capacity && isDraining === node.is_draining) return undefined;
        return [{ name: nodeName, capacity, is_draining: isDraining }];
      });
      return told(await readNode(tx, nodeName), events ?? []);
    });
    return { body: result, eventIds, etagVersion: result.version };
  });
}

async function readNode(tx: DeviceTransaction, nodeName: string) {
  const row = await tx
    .selectFrom('nodes')
    .selectAll()
    .where('name', '=', nodeName)
    .executeTakeFirstOrThrow();
  return presentNode(row);
}
