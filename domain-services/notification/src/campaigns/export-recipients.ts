import { Readable } from 'node:stream';
import {
  type CampaignRecipient,
  channelKindSchema,
  recipientStatusSchema,
} from '@cloudphone/contracts';
import { defineRoute, type Route } from '@cloudphone/http';
import * as z from 'zod';
import type { CampaignTools } from './campaign-tools.ts';
import { getFrozen } from './list-recipients.ts';
import { walkRecipients } from './walk-recipients.ts';

/** A million recipients in some channels, at the pace of whoever reads. */
const DEADLINE_MS = 600_000;
const COLUMNS = ['userId', 'channel', 'status', 'attempts', 'code', 'detail', 'at'] as const;

interface Format {
  readonly extension: 'csv' | 'ndjson';
  readonly contentType: string;
  readonly head: string;
  readonly line: (recipient: CampaignRecipient) => string;
}

const FORMATS: readonly Format[] = [
  {
    extension: 'csv',
    contentType: 'text/csv; charset=utf-8; header=present',
    head: `${COLUMNS.join(',')}\r\n`,
    line: (recipient) => `${COLUMNS.map((column) => csvCell(recipient[column])).join(',')}\r\n`,
  },
  {
    extension: 'ndjson',
    contentType: 'application/x-ndjson',
    head: '',
    line: (recipient) => `${JSON.stringify(recipient)}\n`,
  },
];

/** Everybody of a campaign as a file, streamed: memory does not grow with the audience. */
export function exportRecipientsRoutes(tools: CampaignTools): readonly Route[] {
  return FORMATS.map(({ extension, contentType, head, line }) =>
    defineRoute({
      method: 'GET',
      path: `/notifications/bulk/:batchId/recipients.${extension}`,
      summary: `Recipients with what became of each, as ${extension}.`,
      access: { kind: 'internal' },
      params: z.strictObject({ batchId: z.uuid() }),
      query: z.strictObject({
        status: recipientStatusSchema.optional(),
        channel: channelKindSchema.optional(),
      }),
      deadlineMs: DEADLINE_MS,
      handle: async ({ params, query }) => {
        const row = await getFrozen(params.batchId, tools);
        const lines = async function* () {
          yield head;
          const after = { channelIndex: 0, ordinal: -1 };
          for await (const step of walkRecipients(row, tools, { ...query, after })) {
            if ('recipient' in step) yield line(step.recipient);
          }
        };
        return {
          stream: Readable.from(inPieces(lines()), { objectMode: false }),
          headers: {
            'content-type': contentType,
            'content-disposition': `attachment; filename="campaign-${row.batch_id}.${extension}"`,
          },
        };
      },
    }),
  );
}

const PIECE_LENGTH = 32_000;

async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    piece += line;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Quoted where it must be (RFC 4180), and never what a spreadsheet would take for a formula. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  const harmless = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
