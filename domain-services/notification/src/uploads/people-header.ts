import { type Issue, invalidInput } from '@cloudphone/errors';

/** Where a file of recipients says what: its first row. */
export interface Header {
  readonly columns: readonly string[];
  readonly userId: number | undefined;
  readonly email: number | undefined;
  readonly username: number | undefined;
  /** Columns that fill in a template's variables. */
  readonly fields: readonly { readonly name: string; readonly index: number }[];
}

const WHO = ['userId', 'email', 'username'];
/** Filled in from the recipient, whatever a file says. */
const TAKEN = new Set(['userName', 'userEmail']);
const MAX_COLUMNS = 50;

/** Throws invalid_input with everything that is wrong with it. */
export function readHeader(cells: readonly string[]): Header {
  const columns = cells.map((cell) => cell.trim());
  const issues: Issue[] = [];
  const refuse = (message: string) => void issues.push({ path: 'body.header', message });
  if (columns.length > MAX_COLUMNS) refuse(`has more than ${MAX_COLUMNS} columns`);
  if (!columns.some((name) => WHO.includes(name))) {
    refuse('needs a column userId, email or username');
  }
  for (const [index, name] of columns.slice(0, MAX_COLUMNS).entries()) {
    const shown = name.slice(0, 60);
    if (columns.indexOf(name) !== index) refuse(`names “${shown}” twice`);
    if (TAKEN.has(name)) refuse(`“${shown}” is filled in from the recipient`);
    else if (!/^[A-Za-z][A-Za-z0-9]{0,59}$/.test(name)) {
      refuse(`“${shown}” is no name of a variable`);
    }
  }
  if (issues.length > 0) throw invalidInput(issues);
  const at = (name: string) => {
    const index = columns.indexOf(name);
    return index === -1 ? undefined : index;
  };
  return {
    columns,
    userId: at('userId'),
    email: at('email'),
    username: at('username'),
    fields: columns.flatMap((name, index) => (WHO.includes(name) ? [] : [{ name, index }])),
  };
}
