import { Readable } from 'node:stream';
import type { Reply } from '@cloudphone/http';
import { csvLines } from './csv.ts';

/** A report as JSON, or as a file that streams line by line. */
export function answerReport<Row>(
  report: { readonly from: string; readonly to: string; readonly series: readonly Row[] },
  as: {
    readonly format: 'json' | 'csv';
    /** Names the file. */
    readonly name: string;
    readonly header: readonly string[];
    readonly cells: (row: Row) => readonly (string | number)[];
  },
): Reply {
  if (as.format === 'json') return { body: report };
  return {
    stream: Readable.from(csvLines(as.header, report.series.map(as.cells))),
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${as.name}-${report.from}-${report.to}.csv"`,
    },
  };
}
