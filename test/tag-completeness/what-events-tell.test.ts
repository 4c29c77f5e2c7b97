import { expect, test } from 'vitest';
import type { Answer } from './ask-service.ts';
import { whatEventsTell } from './what-events-tell.ts';

const URL = '/notifications/bulk/42';
const answer = (body: object, untilMs?: number): Answer => ({
  ...{ status: 200, text: JSON.stringify(body), tags: ['campaign:42'] },
  untilMs,
});
const running = { status: 'processing', processedUsers: 3, channels: { sms: { success: 3 } } };
const further = { status: 'processing', processedUsers: 4, channels: { sms: { success: 4 } } };

test('how far a running campaign is need not be told, that it pauses must be', () => {
  const told = (body: object) => whatEventsTell(URL, answer(body, 1_000)).text;
  expect(told(running)).toBe(told(further));
  expect(told(running)).not.toBe(told({ ...running, status: 'paused' }));
});

test('an answer that promises to last is compared whole', () => {
  const told = (body: object) => whatEventsTell(URL, answer(body)).text;
  expect(told(running)).not.toBe(told(further));
});

test('of an absence only that it is one', () => {
  const absent = { ...answer({ detail: 'whatever' }), status: 404 };
  expect(whatEventsTell('/users/1', absent).text).toBe('not found');
});
