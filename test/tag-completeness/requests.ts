import type { Random } from '../consistency/random.ts';
import type { Request } from './ask-service.ts';
import type { Cast } from './cast.ts';
import type { Operation } from './operations.ts';
import { type Draft, MADE_PASSWORD, type Scene } from './recipes/recipe.ts';
import { sampleJson } from './sample-json.ts';
import { kindShown } from './what-is-shown.ts';

/** Query members that choose by an id, with what the id stands for. */
const CHOOSING: Readonly<Record<string, string>> = {
  userId: 'userId',
  ownerId: 'userId',
  deviceIds: 'deviceId',
  orderId: 'orderId',
};

/** Choices that no list of values tells. */
const CHOICES: Readonly<Record<string, readonly string[]>> = {
  listUsers: ['q=user0', 'q=person'],
  listDevices: ['q=phone-00', 'sort=-createdAt', 'sort=expiresAt'],
  listSegmentPeople: ['roles=admin,support', 'tenantId=acme', 'seenSince=2026-01-01T00:00:00.000Z'],
  listSegmentOwners: ['isRunning=true', 'expiringBefore=2099-01-01T00:00:00.000Z'],
  listSegmentBalances: ['below=3000'],
  getLowBalanceCount: ['below=3000'],
  listRevocations: ['since=2026-01-01T00:00:00.000Z'],
  listAudit: ['action=user', 'action=device.updated', 'since=2026-01-01T00:00:00.000Z'],
};
const SHORT_PAGE = 'limit=2';
const LONG_PAGE = 'limit=200';

/** Every question that a read can be asked about the cast: each entity, each list and choice of it. */
export function readsOf(operation: Operation, cast: Cast): Request[] {
  const paths = operation.params.reduce<Readonly<Record<string, string>>[]>(
    (known, param) =>
      known.flatMap((params) => cast.all(param).map((id) => ({ ...params, [param]: id }))),
    [{}],
  );
  return paths.flatMap((params) =>
    queriesOf(operation, cast).map((query) => ({
      operation,
      url: `${pathOf(operation, params)}${query}`,
      params,
    })),
  );
}

/** Of what belongs to one entity the whole only: its choices are those of the lists of all. */
function queriesOf(operation: Operation, cast: Cast): string[] {
  const { name, params, query } = operation;
  const members = Object.entries(query?.properties ?? {});
  const pages = 'cursor' in (query?.properties ?? {});
  if (params.length > 0) return [pages ? `?${LONG_PAGE}` : ''];
  if (members.length === 0) return [''];
  const choices = members.flatMap(([member, schema]) => {
    const what = member === 'ids' ? kindShown(operation)?.what : CHOOSING[member];
    if (what !== undefined) return cast.all(what).map((id) => `${member}=${id}`);
    const values = (schema.enum ?? []) as readonly string[];
    return member === 'sort' ? [] : values.map((value) => `${member}=${value}`);
  });
  const all = ['', ...choices, ...(CHOICES[name] ?? [])];
  return pages
    ? [...all.map((choice) => `?${choice}&${LONG_PAGE}`), `?${SHORT_PAGE}`]
    : all.map((choice) => `?${choice}`);
}

function pathOf(operation: Operation, params: Readonly<Record<string, string>>): string {
  return operation.params.reduce(
    (path, param) => path.replace(`:${param}`, params[param] ?? 'nothing'),
    operation.path,
  );
}

/** A write as it is drafted; what the draft leaves open is sampled from the schema. */
export function writeOf(operation: Operation, draft: Draft, { cast, random }: Scene): Request {
  const known = (name: string) => cast.pick(name) ?? meaningful(name, random);
  const sampled = (schema: Operation['body']) => schema && sampleJson(schema, { random, known });
  const params = Object.fromEntries(
    operation.params.map((param) => [
      param,
      draft.params?.[param] ?? String(known(param) ?? 'nothing'),
    ]),
  );
  const query = draft.query ?? (sampled(operation.query) as Record<string, unknown> | undefined);
  const asked = new URLSearchParams(
    Object.entries(query ?? {}).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const body = draft.wholeBody ?? mergedBody(sampled(operation.body), draft.body);
  return {
    operation,
    params,
    url: `${pathOf(operation, params)}${asked.size > 0 ? `?${asked}` : ''}`,
    ...(body === undefined ? {} : { body }),
    ...(draft.version === undefined ? {} : { ifMatch: `"${draft.version}"` }),
  };
}

function mergedBody(sampled: unknown, members: Draft['body']): unknown {
  return members === undefined ? sampled : { ...(sampled as object | undefined), ...members };
}

/** Members whose schema alone does not tell what would be accepted. */
function meaningful(name: string, random: Random): unknown {
  const number = random.below(1_000_000);
  const make: Readonly<Record<string, () => unknown>> = {
    email: () => `person${number}@example.com`,
    username: () => `person${number}`,
    password: () => MADE_PASSWORD,
    locale: () => random.pick(['en', 'zh-CN']),
    timeZone: () => random.pick(['UTC', 'Asia/Shanghai', 'Europe/Berlin']),
    packageName: () => `com.example.app${number}`,
    currentVersion: () => `1.${number}.0`,
    at: () => new Date(Date.now() + 3_600_000 + number).toISOString(),
    tenantId: () => random.pick(['acme', 'globex']),
    cron: () => '0 9 * * 1',
    address: () => '127.0.0.1',
  };
  return make[name]?.();
}
