import type { NewEvent } from '@cloudphone/contracts';
import type { ServiceTools } from '@cloudphone/domain-service';
import { unchanged } from '@cloudphone/event-log';
import type { AppTables } from '../schema.ts';
import { failStep } from './fail-step.ts';

const BATCH = 100;

/** Fails what the device service has owed an answer for too long: nobody waits for ever. */
export async function endUnanswered(
  { writer, clock }: ServiceTools<AppTables>,
  timeoutMs: number,
): Promise<void> {
  for (;;) {
    const { eventIds } = await writer.write(async (tx) => {
      const rows = await tx
        .selectFrom('installations')
        .selectAll()
        .where('asked_at', '<=', new Date(clock.now() - timeoutMs))
        .orderBy('asked_at')
        .limit(BATCH)
        .forUpdate()
        .skipLocked()
        .execute();
      const events: NewEvent[] = [];
      for (const row of rows) events.push(...(await failStep(tx, row, 'No answer came in time.')));
      const [first, ...others] = events;
      return first === undefined
        ? unchanged(undefined)
        : { result: undefined, events: [first, ...others] };
    });
    if (eventIds.length === 0) return;
  }
}
