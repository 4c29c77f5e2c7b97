import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { validate } from './validate.ts';

const body = (schema: z.ZodType, value: unknown) => validate([{ name: 'body', schema, value }]);

describe('input', () => {
  test('that fits → is what its schemas make of it', async () => {
    const query = z.strictObject({ limit: z.coerce.number().default(50) });
    const parts = [
      { name: 'query', schema: query, value: { limit: '7' } },
      { name: 'body', schema: undefined, value: {} },
    ] as const;
    expect(await validate(parts)).toEqual([{ limit: 7 }, undefined]);
  });

  test('with U+0000 → is refused where it is, though its schema takes any text', async () => {
    await expect(body(z.object({ name: z.string() }), { name: 'a\0' })).rejects.toMatchObject({
      code: 'invalid_input',
      issues: [{ path: 'body.name' }],
    });
  });

  test('with more issues than anybody reads → names two hundred and counts the rest', async () => {
    const value = Array.from({ length: 1_000 }, () => 'x');
    await expect(body(z.array(z.uuid()), value)).rejects.toMatchObject({
      issues: expect.toSatisfy(
        (issues: { path: string; message: string }[]) =>
          issues.length === 201 &&
          issues[199]?.path === 'body.199' &&
          issues[200]?.path === 'body' &&
          issues[200].message === 'and 800 more',
      ),
    });
  });

  test('with a name of its own as long as it likes → has it cut in the answer', async () => {
    const refusal = body(z.strictObject({}), { ['n'.repeat(50_000)]: 1 });
    await expect(refusal).rejects.toMatchObject({
      issues: [{ path: expect.stringMatching(/^body\.n{195}…$/) }],
    });
  });
});
