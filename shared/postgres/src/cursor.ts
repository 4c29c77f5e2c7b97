import { invalidInput } from '@cloudphone/errors';

type CursorValue = string | number | null;

/** Where a page ended: the sort values of its last row, as an opaque text for the next request. */
export function encodeCursor(values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/** Throws invalid_input at `query.cursor` for a text that encodeCursor never made. */
export function decodeCursor(text: string): CursorValue[] {
  const values = parseJson(Buffer.from(text, 'base64url').toString());
  if (Array.isArray(values) && values.every(isCursorValue)) return values;
  throw invalidInput([{ path: 'query.cursor', message: 'is not a cursor of this list' }]);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: the caller refuses it.
  }
}

function isCursorValue(value: unknown): value is CursorValue {
  return value === null || typeof value === 'string' || typeof value === 'number';
}
