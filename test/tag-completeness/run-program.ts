import { SYSTEM_IDENTITY } from '@cloudphone/contracts';
import type { Random } from '../consistency/random.ts';
import type { Answer, Request } from './ask-service.ts';
import { type Cast, createCast } from './cast.ts';
import { chooseWish, chooseWrite } from './choose-write.ts';
import type { Findings, Violation } from './findings.ts';
import { type Operation, READS, titleOf } from './operations.ts';
import type { Services } from './platform.ts';
import { readsOf } from './requests.ts';
import { whatEventsTell } from './what-events-tell.ts';
import { kindShown, learnFrom } from './what-is-shown.ts';

interface Program {
  readonly services: Services;
  readonly random: Random;
  readonly people: number;
  readonly findings: Findings;
  /** Tags that are overlooked on purpose: a check of the check. */
  readonly overlooks: (tag: string) => boolean;
}

const MOST_WRITES = 5;
const MOST_TEXT = 1_500;
const AT_ONCE = 16;

/** By service and URL; undefined for what nobody may keep, or is refused. */
type Answers = Map<string, Answer | undefined>;

/**
 * Up to five random writes; before and after each every read about the people, devices, orders …
 * that the program is about. Whenever an answer differs, the events since must name one of the
 * tags that the old answer carried.
 */
export async function runProgram(program: Program): Promise<void> {
  const { services, random, people, findings } = program;
  const cast = createCast(random, people);
  // Whatever an answer does not show yet is told after this position.
  let from = await services.position();
  // These show what there is to ask about.
  let before = await readThem(program, cast, READS.filter(isShowing));
  await readThem(program, cast, READS, before);
  let wish: Operation | undefined;
  const enough = 1 + random.below(MOST_WRITES);
  // What was wished for is waited for, as far as a program may go.
  for (let n = 0; n < enough || (wish !== undefined && n < MOST_WRITES); n++) {
    wish ??= chooseWish(random, findings.writes);
    const { write, isGranted } = await writeOnce(program, cast, { wish, before });
    if (isGranted) wish = undefined;
    await services.settled(from);
    const next = await services.position();
    cast.forgetRows();
    const after = await readThem(program, cast);
    const changed = [...before].flatMap(([url, old]) => {
      const now = after.get(url);
      if (old === undefined || now === undefined) return [];
      if (old.text === now.text || isOverdue(old)) return [];
      return [{ read: url, tags: old.tags ?? [], before: old.text, after: now.text }];
    });
    findings.changes += changed.length;
    findings.violations.push(...(await untold(program, { from, write, changed })));
    before = after;
    from = next;
  }
}

/** `device` of `device:42`: what a definition of an event names with one line. */
const kindOf = (tag: string): string => tag.split(':')[0] ?? tag;

const isShowing = (operation: Operation) => kindShown(operation) !== undefined;

type Change = Omit<Violation, 'write' | 'published'>;

/** Those changes of which no row says anything: looked at again when everything is told. */
async function untold(
  { services, overlooks, findings }: Program,
  step: { readonly from: number; readonly write: string; readonly changed: readonly Change[] },
): Promise<Violation[]> {
  const { from, write, changed } = step;
  const look = async () => {
    const { tags, types } = await services.tagsAfter(from);
    const isTold = (tag: string) => tags.has(tag) && !overlooks(tag);
    for (const tag of tags) findings.kindsTold.add(kindOf(tag));
    const rest = changed.filter((change) => {
      const told = change.tags.filter(isTold);
      const [kind] = new Set(told.map(kindOf));
      if (kind !== undefined && told.every((tag) => kindOf(tag) === kind)) {
        findings.kindsNeeded.add(kind);
      }
      return told.length === 0;
    });
    return rest.map((change) => ({
      write,
      published: types,
      ...change,
      before: change.before.slice(0, MOST_TEXT),
      after: change.after.slice(0, MOST_TEXT),
    }));
  };
  if ((await look()).length === 0) return [];
  await services.quiet(from);
  return look();
}

/** One write, or two where the second cannot wait. */
async function writeOnce(
  program: Program,
  cast: Cast,
  { wish, before }: { readonly wish: Operation; readonly before: Answers },
): Promise<{ readonly write: string; readonly isGranted: boolean }> {
  const { services, random, findings } = program;
  const chosen = chooseWrite(wish, { cast, random });
  const { request, identity, about, isOnTheWay, isHurried } = chosen;
  for (const [what, id] of Object.entries(about)) cast.note(what, id);
  await readThem(program, cast, READS, before);
  const { operation } = request;
  const { status, text } = await services.ask(request, identity);
  const isAccepted = status < 300;
  const seen = findings.writes.get(titleOf(operation)) ?? { accepted: 0, tried: 0 };
  seen.tried++;
  if (isAccepted) {
    seen.accepted++;
    learnFrom(request, { text, asker: identity }, cast);
  }
  findings.writes.set(titleOf(operation), seen);
  const asked = `${operation.method} ${request.url} ${JSON.stringify(request.body)} → ${status}`;
  if (!isAccepted) {
    findings.refusals.set(titleOf(operation), `${asked} ${text}`);
  }
  noteBreakdown(findings, request, { status, text });
  if (isAccepted && isHurried) {
    const then = await writeOnce(program, cast, { wish, before: new Map(before) });
    return { ...then, write: `${asked}, then ${then.write}` };
  }
  return { write: asked, isGranted: !isOnTheWay };
}

/** Asks what `known` has no answer to, and adds it. */
async function readThem(
  { services, findings }: Program,
  cast: Cast,
  operations: readonly Operation[] = READS,
  known: Answers = new Map(),
): Promise<Answers> {
  const keyOf = ({ operation, url }: Request) => `${operation.service} ${url}`;
  const requests = operations
    .flatMap((operation) => readsOf(operation, cast))
    .filter((request) => !known.has(keyOf(request)));
  const queue = inTurn(requests, ({ operation }) => operation.service).values();
  const readOn = async (): Promise<void> => {
    for (const request of queue) {
      const answer = await services.ask(request, SYSTEM_IDENTITY);
      findings.reads++;
      known.set(keyOf(request), undefined);
      noteBreakdown(findings, request, answer);
      // What is refused as a question says nothing of the platform.
      if (answer.status !== 200 && answer.status !== 404) continue;
      if (answer.status === 200) {
        learnFrom(request, { text: answer.text, asker: SYSTEM_IDENTITY }, cast);
      }
      const title = titleOf(request.operation);
      (answer.tags === undefined ? findings.untagged : findings.tagged).add(title);
      if (answer.tags !== undefined) {
        known.set(keyOf(request), whatEventsTell(request.url, answer));
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, readOn));
  return known;
}

/** One of each group after the other, so that none of the services waits for another's answers. */
function inTurn<Item>(items: readonly Item[], groupOf: (item: Item) => string): Item[] {
  const counts = new Map<string, number>();
  const placed = items.map((item) => {
    const place = counts.get(groupOf(item)) ?? 0;
    counts.set(groupOf(item), place + 1);
    return { item, place };
  });
  return placed.sort((a, b) => a.place - b.place).map(({ item }) => item);
}

function noteBreakdown(
  { breakdowns }: Findings,
  { operation, url, body }: Request,
  { status, text }: Pick<Answer, 'status' | 'text'>,
): void {
  // Out of breath: it says so, and that it is worth coming back.
  if (status < 500 || status === 503 || status === 504) return;
  const asked = `${operation.method} ${url} ${JSON.stringify(body) ?? ''}`;
  breakdowns.set(titleOf(operation), `${asked} → ${status} ${text}`);
}

/** Time alone has changed it, and it said that it would. */
function isOverdue({ untilMs }: Answer): boolean {
  return untilMs !== undefined && untilMs <= Date.now();
}
