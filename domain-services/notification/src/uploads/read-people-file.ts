import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { idSchema } from '@cloudphone/contracts';
import { type Issue, invalidInput } from '@cloudphone/errors';
import { CsvError, type Options, parse } from 'csv-parse';
import { type Header, readHeader } from './people-header.ts';

/** One row of a file of recipients: whom it names, by one of the three, and what it says of them. */
export interface FileRow {
  readonly line: number;
  readonly userId?: string;
  readonly email?: string;
  readonly username?: string;
  readonly fields: Readonly<Record<string, string>> | null;
}

export interface BadRow {
  readonly line: number;
  readonly message: string;
}

const MAX_LINE_LENGTH = 20_000;
const MAX_VALUE_LENGTH = 2_000;

/**
 * Reads CSV in UTF-8, with or without a byte order mark, row by row with the backpressure of `onRow`.
 * Throws invalid_input for what cannot be read on: another encoding, no proper header, an open quote.
 */
export async function readPeopleFile(
  file: Readable,
  on: {
    readonly header: (header: Header) => void;
    readonly row: (row: FileRow) => Promise<void>;
    readonly badRow: (row: BadRow) => void;
  },
): Promise<void> {
  let header: Header | undefined;
  const parser = parse({
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_LENGTH,
  } satisfies Options);
  const rows = async (records: AsyncIterable<ParsedRecord>) => {
    for await (const { record, info } of records) {
      if (header === undefined) {
        header = readHeader(record);
        on.header(header);
        continue;
      }
      const row = readRow(header, record, info.lines);
      if ('message' in row) on.badRow(row);
      else await on.row(row);
    }
  };
  try {
    await pipeline(file, decode, parser, rows);
  } catch (err) {
    throw err instanceof CsvError ? invalidInput([issueOf(err)]) : err;
  }
  if (header === undefined) throw invalidInput([{ path: 'body', message: 'the file is empty' }]);
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const text = (chunk?: Buffer) => {
    try {
      const decoded = chunk === undefined ? decoder.decode() : decoder.decode(chunk, STREAM);
      // UTF-16 of Latin letters is valid UTF-8 with a zero after each.
      if (!decoded.includes('\0')) return decoded;
    } catch {}
    throw invalidInput([{ path: 'body', message: 'the file is not text in UTF-8' }]);
  };
  for await (const chunk of chunks) yield text(chunk);
  yield text();
}

const STREAM = { stream: true } as const;

function readRow(header: Header, cells: readonly string[], line: number): FileRow | BadRow {
  if (cells.length !== header.columns.length) {
    return { line, message: `has ${cells.length} cells, the header ${header.columns.length}` };
  }
  const cell = (index: number | undefined) =>
    index === undefined ? '' : (cells[index] ?? '').trim();
  const [userId, email, username] = [
    cell(header.userId),
    cell(header.email),
    cell(header.username),
  ];
  const fields = fieldsOf(header, cells);
  if (fields === undefined)
    return { line, message: `has a value over ${MAX_VALUE_LENGTH} letters` };
  if (userId !== '') {
    const id = idSchema.safeParse(userId);
    return id.success
      ? { line, userId: id.data, fields }
      : { line, message: `“${short(userId)}” is no id` };
  }
  if (email !== '') {
    return /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 320
      ? { line, email, fields }
      : { line, message: `“${short(email)}” is no e-mail address` };
  }
  if (username !== '') {
    return username.length <= 200
      ? { line, username, fields }
      : { line, message: `“${short(username)}” is no user name` };
  }
  return { line, message: 'names nobody' };
}

/** Empty cells are left out: the campaign's own values hold for them. */
function fieldsOf(header: Header, cells: readonly string[]): FileRow['fields'] | undefined {
  const given = header.fields.flatMap(({ name, index }) => {
    const value = cells[index] ?? '';
    return value === '' ? [] : [[name, value] as const];
  });
  if (given.some(([, value]) => value.length > MAX_VALUE_LENGTH)) return undefined;
  return given.length === 0 ? null : Object.fromEntries(given);
}

function issueOf(err: CsvError): Issue {
  const line = typeof err.lines === 'number' ? ` near line ${err.lines}` : '';
  const what: Partial<Record<string, string>> = {
    CSV_MAX_RECORD_SIZE: `a row has over ${MAX_LINE_LENGTH} letters, or a quote is never closed`,
    CSV_QUOTE_NOT_CLOSED: 'a quote is never closed',
  };
  return { path: 'body', message: `${what[err.code] ?? 'it is not well-formed CSV'}${line}` };
}

export function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
