import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { testPostgres } from './test-postgres.ts';

test('the run’s PostgreSQL → is up, and names a new database each time', async () => {
  const postgres = testPostgres();
  const [one, two] = await Promise.all([postgres.freshDatabase(), postgres.freshDatabase()]);
  expect(one).not.toBe(two);
  const { hostname, port } = new URL(one);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve();
    }).once('error', reject);
  });
});
