import { ERROR_CODES } from '@cloudphone/errors';

const ROW = /^\|\s*`(\w+)`\s*\|\s*(\d{3})\s*\|\s*(.+?)\s*\|\s*(\w+)\s*\|/;

type Register = Readonly<Record<string, { status: number; title: string; isRetryable: boolean }>>;

/** Where ERRORS.md and the register of codes differ, either way. */
export function errorTableProblems(markdown: string, register: Register = ERROR_CODES): string[] {
  const rows = new Map(
    markdown.split('\n').flatMap((line) => {
      const [, code, status, title, retryable] = ROW.exec(line) ?? [];
      return code === undefined ? [] : [[code, `${status} ${title} ${retryable}`] as const];
    }),
  );
  const undocumented = Object.entries(register).flatMap(([code, entry]) => {
    const expected = `${entry.status} ${entry.title} ${entry.isRetryable ? 'yes' : 'no'}`;
    const row = rows.get(code);
    if (row === undefined) return [`${code} is not in ERRORS.md`];
    return row === expected ? [] : [`${code} is "${row}" in ERRORS.md, but "${expected}" in code`];
  });
  const invented = [...rows.keys()]
    .filter((code) => !Object.hasOwn(register, code))
    .map((code) => `${code} is in ERRORS.md only`);
  return [...undocumented, ...invented];
}
