import { type Clock, pause } from '@cloudphone/runtime';
import type { ServedSocket } from './serve-socket.ts';

const STEPS = 10;

/**
 * Sends sockets away in equal parts over the window, each with its own random time to come back
 * within the same window, so that the remaining nodes do not meet them all at once.
 */
export async function drainSockets(
  sockets: readonly ServedSocket[],
  options: { readonly windowMs: number; readonly clock: Clock },
): Promise<void> {
  const perStep = Math.ceil(sockets.length / STEPS);
  for (let from = 0; from < sockets.length; from += perStep) {
    if (from > 0) await pause(options.clock, options.windowMs / STEPS);
    for (const socket of sockets.slice(from, from + perStep)) {
      socket.sendAway(Math.round(Math.random() * options.windowMs));
    }
  }
}
