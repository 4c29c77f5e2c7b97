import { type DemoDevice, demoDevicesOf } from '@cloudphone/domain-service';
import type { Selectable } from '@cloudphone/postgres';
import type { UsageRecordTable } from '../schema.ts';
import { dayOf, monthOf } from '../usage/calendar-month.ts';
import { costOf } from '../usage/metered-days.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The records of demo person `n`'s devices for each day of the month up to now. */
export function demoUsageOf(n: number, nowMs: number): Selectable<UsageRecordTable>[] {
  const { startMs } = monthOf(nowMs);
  const days = Math.floor((nowMs - startMs) / DAY_MS) + 1;
  return demoDevicesOf(n).flatMap((device, index) =>
    Array.from({ length: days }, (_, day) => {
      const atMs = startMs + day * DAY_MS;
      const possible = Math.floor((Math.min(nowMs, atMs + DAY_MS) - atMs) / MINUTE_MS);
      const minutes = Math.min(possible, minutesOf(device, n * 3 + index + day));
      return {
        device_id: device.id,
        user_id: device.owner.id,
        day: dayOf(atMs),
        minutes,
        cost: costOf(minutes),
      };
    }).filter(({ minutes }) => minutes > 0),
  );
}

function minutesOf(device: DemoDevice, number: number): number {
  return device.status === 'running' ? 300 + ((number * 37) % 900) : (number * 17) % 240;
}
