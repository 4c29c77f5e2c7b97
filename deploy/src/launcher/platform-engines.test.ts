import { expect, test } from 'vitest';
import { withDatabase } from './platform-engines.ts';

test('a database’s address → keeps the server, the account and the parameters it was told', () => {
  const told = 'postgres://ann:s%40fe@db.example:5433/postgres?sslmode=require';
  expect(withDatabase(told, 'cloudphone_user')).toBe(
    'postgres://ann:s%40fe@db.example:5433/cloudphone_user?sslmode=require',
  );
  expect(withDatabase('postgres://db.example', 'cloudphone_app')).toBe(
    'postgres://db.example/cloudphone_app',
  );
});
