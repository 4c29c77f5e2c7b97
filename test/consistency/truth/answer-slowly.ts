import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';

/** Most answers take a moment, some take long enough for changes to overtake them. */
function delayOf(random: Random): number {
  const choice = random.next();
  if (choice < 0.5) return random.between(0, 3);
  return choice < 0.85 ? random.between(0, 15) : random.between(0, 40);
}

/** Looks before or after its delay: an answer that was read early and arrives late is the old one. */
export async function answerSlowly<Answer>(random: Random, look: () => Answer): Promise<Answer> {
  const delayMs = delayOf(random);
  if (random.chance(0.35)) {
    await sleep(delayMs);
    return look();
  }
  const answer = look();
  await sleep(delayMs);
  return answer;
}
