import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cac } from 'cac';
import { type CampaignApi, type CampaignStatus, createCampaignApi } from './campaign-api.ts';
import { campaignLine } from './campaign-line.ts';

/** What a call of the program ends with. */
export const EXIT = { done: 0, refused: 1, misused: 2, notCompleted: 3 } as const;

export interface CampaignTerminal {
  /** Where file names count from. */
  readonly calledFrom: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The process's own unless given. */
  readonly write?: (text: string) => void;
  readonly isTerminal?: boolean;
}

const ENDED = ['completed', 'cancelled', 'failed'];
/** What does not go on by itself: somebody else has to do something. */
const WAITING = ['awaiting_approval', 'scheduled', 'paused'];

type Options = Readonly<Record<string, unknown>>;

/**
 * Campaigns by the HTTP API of the admin BFF: create, status, list, pause, resume, cancel. Resolves
 * to the exit code: 0 done, 1 refused or unreachable, 2 misused, 3 the watched campaign did not
 * complete.
 */
export async function runCampaign(
  args: readonly string[],
  terminal: CampaignTerminal,
): Promise<number> {
  const write = terminal.write ?? ((text: string) => void process.stdout.write(text));
  const show = { write, isTerminal: terminal.isTerminal ?? process.stdout.isTTY === true };
  let code: number | undefined;
  const cli = cac('npm run campaign --');
  const command = (
    usage: string,
    about: string,
    run: (api: CampaignApi, options: Options, id: string) => Promise<number>,
  ) =>
    cli.command(usage, about).action(async (...given: unknown[]) => {
      const options = (given.at(-1) ?? {}) as Options;
      const id = typeof given[0] === 'string' ? given[0] : '';
      code = await run(openApi(options, terminal.env), options, id);
    });
  cli
    .option('--url <url>', 'The admin BFF (CLOUDPHONE_ADMIN_URL, http://127.0.0.1:4000)')
    .option('--user <name>', 'Who logs in (CLOUDPHONE_USER)')
    .option('--password <password>', 'With what (CLOUDPHONE_PASSWORD)');
  command('create', 'Send a template to the people of a file', (api, options) =>
    create(api, options, { ...terminal, ...show }),
  )
    .option('--csv <file>', 'Columns userId, email or username, and the template’s variables')
    .option('--segment <id>', 'A saved segment instead of a file')
    .option('--template <code>', 'billing.low_balance')
    .option('--channels <kinds>', 'email,sms,push,websocket', { default: 'websocket' })
    .option('--data <name=value>', 'A variable for everybody; may be repeated')
    .option('--name <name>', 'What the campaign is called')
    .option('--priority <priority>', 'urgent, high, normal or low')
    .option('--rate <people>', 'At most so many a second')
    .option('--at <time>', '2026-03-01T09:00, by --time-zone')
    .option('--cron <pattern>', 'Comes round, by --time-zone')
    .option('--time-zone <zone>', 'Asia/Shanghai')
    .option('--key <key>', 'Idempotency key: repeat a call that broke off under the same one')
    .option('--dry-run', 'Everything but the sending')
    .option('--watch', 'Stay until it has ended');
  command('status <batchId>', 'How far a campaign is', (api, options, id) =>
    options.watch === true ? watch(api, id, show) : status(api, id, show.write),
  ).option('--watch', 'Stay until it has ended');
  for (const step of ['pause', 'resume', 'cancel'] as const) {
    command(`${step} <batchId>`, `${step} a campaign`, async (api, _options, id) => {
      const after = await api.post<CampaignStatus>(`${pathOf(id)}/${step}`);
      show.write(`${campaignLine(after)}\n`);
      return EXIT.done;
    });
  }
  command('list', 'The newest campaigns', list(show.write)).option(
    '--status <status>',
    'Only those',
  );
  cli.help();

  try {
    cli.parse(['node', 'campaign', ...args], { run: false });
    if (cli.options.help === true) return EXIT.done;
    if (cli.matchedCommand === undefined) {
      show.write(
        'Say what to do: create, status, list, pause, resume, cancel (--help says more).\n',
      );
      return EXIT.misused;
    }
    await cli.runMatchedCommand();
    return code ?? EXIT.done;
  } catch (error) {
    const isOurs = error instanceof Error && error.name !== 'CACError' && !isMisuse(error);
    show.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return isOurs ? EXIT.refused : EXIT.misused;
  }
}

class Misused extends Error {}
const isMisuse = (error: Error) => error instanceof Misused;

function openApi(options: Options, env: CampaignTerminal['env']): CampaignApi {
  const told = (name: string, variable: string) => textOf(options[name]) ?? env[variable];
  const user = told('user', 'CLOUDPHONE_USER');
  const password = told('password', 'CLOUDPHONE_PASSWORD');
  if (user === undefined || password === undefined) {
    throw new Misused(
      'Say who you are: --user and --password, or CLOUDPHONE_USER and CLOUDPHONE_PASSWORD.',
    );
  }
  const url = told('url', 'CLOUDPHONE_ADMIN_URL') ?? 'http://127.0.0.1:4000';
  return createCampaignApi({ url, user, password });
}

interface Shown {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
}

async function create(
  api: CampaignApi,
  options: Options,
  terminal: Shown & Pick<CampaignTerminal, 'calledFrom'>,
): Promise<number> {
  const { write } = terminal;
  const csv = textOf(options.csv);
  const segment = textOf(options.segment);
  const templateCode = textOf(options.template);
  if (templateCode === undefined)
    throw new Misused('Say what to send: --template billing.low_balance');
  if ((csv === undefined) === (segment === undefined)) {
    throw new Misused('Say to whom: --csv people.csv, or --segment <id>.');
  }
  const content = {
    templateCode,
    ...contentOf(options),
    ...(segment === undefined ? {} : { audience: { savedSegment: segment } }),
  };
  if (csv !== undefined) {
    const file = await api.upload(resolve(terminal.calledFrom, csv));
    const { accepted, duplicates, rejected, issues } = file;
    write(`${accepted} people, ${duplicates} named twice, ${rejected} rows left out\n`);
    for (const { line, message } of issues.slice(0, 20)) write(`  line ${line}: ${message}\n`);
    if (issues.length > 20) write(`  and ${rejected - 20} more\n`);
    Object.assign(content, { audience: { csv: file.id } });
  }
  const key = textOf(options.key) ?? randomUUID();
  const accepted = await api.post<{ batchId: string; status: string; nextRuns?: Run[] }>(
    '/notifications/bulk',
    content,
    key,
  );
  write(`${accepted.batchId}  ${accepted.status}\n`);
  for (const run of accepted.nextRuns ?? []) write(`  ${run.local}  ${run.batchId}\n`);
  return options.watch === true ? watch(api, accepted.batchId, terminal) : EXIT.done;
}

interface Run {
  readonly local: string;
  readonly batchId: string;
}

function contentOf(options: Options) {
  const named = { name: textOf(options.name), priority: textOf(options.priority) };
  const [at, cron, timeZone] = ['at', 'cron', 'timeZone'].map((name) => textOf(options[name]));
  const when = { at, cron, timeZone };
  const given = (members: object) =>
    Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  return {
    ...given(named),
    channels: String(options.channels).split(','),
    data: dataOf(options.data),
    ...(options.rate === undefined ? {} : { rate: Number(options.rate) }),
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...(at === undefined && cron === undefined ? {} : { schedule: given(when) }),
  };
}

/** `--data amount=12 --data currency=CNY`; what reads as a number or a boolean is one. */
function dataOf(given: unknown): Record<string, string | number | boolean> {
  const pairs = (Array.isArray(given) ? given : given === undefined ? [] : [given]).map(String);
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new Misused(`--data reads like amount=12, not “${pair}”.`);
      const value = pair.slice(at + 1);
      const isNumber = /^-?\d+(\.\d+)?$/.test(value);
      const isBoolean = value === 'true' || value === 'false';
      return [pair.slice(0, at), isNumber ? Number(value) : isBoolean ? value === 'true' : value];
    }),
  );
}

async function status(api: CampaignApi, batchId: string, write: Shown['write']): Promise<number> {
  const { answer } = await api.get<CampaignStatus>(pathOf(batchId));
  write(`${campaignLine(answer)}\n`);
  return EXIT.done;
}

/** One line that changes at a terminal; elsewhere a line for each change. */
async function watch(
  api: CampaignApi,
  batchId: string,
  { write, isTerminal }: Shown,
): Promise<number> {
  let shown = '';
  for (;;) {
    const { answer, retryAfterMs } = await api.get<CampaignStatus>(pathOf(batchId));
    const line = campaignLine(answer);
    if (line !== shown) write(isTerminal ? `\r\u001b[K${line}` : `${line}\n`);
    shown = line;
    const isOver = ENDED.includes(answer.status);
    if (!isOver && !WAITING.includes(answer.status)) {
      await sleep(Math.min(retryAfterMs, 1_000));
      continue;
    }
    if (isTerminal) write('\n');
    if (answer.status === 'awaiting_approval') {
      write(`Somebody else has to approve it, content hash ${answer.contentHash}.\n`);
    }
    return answer.status === 'completed' ? EXIT.done : EXIT.notCompleted;
  }
}

const list = (write: Shown['write']) => async (api: CampaignApi, options: Options) => {
  const wanted = textOf(options.status);
  const query = wanted === undefined ? '' : `&status=${encodeURIComponent(wanted)}`;
  const { answer } = await api.get<{ items: CampaignStatus[] }>(
    `/notifications/bulk?limit=20${query}`,
  );
  for (const one of answer.items) {
    write(`${one.batchId}  ${one.createdAt}  ${campaignLine(one)}  ${one.name ?? ''}\n`);
  }
  return EXIT.done;
};

function pathOf(batchId: string): string {
  return `/notifications/bulk/${encodeURIComponent(batchId)}`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
