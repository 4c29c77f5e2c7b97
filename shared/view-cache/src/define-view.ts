import { createHash } from 'node:crypto';
import { appError } from '@cloudphone/errors';
import { z } from 'zod';
import { type Duration, parseDuration } from './duration.ts';

/** Who is asking. What of it is part of a view's key is decided by the view's `scope`. */
export interface Scope {
  readonly audience: string;
  readonly tenant: string;
  readonly subject: string;
  readonly permissionVersion: number;
}

/**
 * Who gets the same bytes: `public` everybody; `permission` everybody of an audience and tenant with
 * the same permission version; `subject` one person.
 */
export type ScopeKind = 'public' | 'permission' | 'subject';

/** What a load has at hand. */
export interface LoadTools<Sources> {
  readonly from: Sources;
  /** Only the members that are part of the key; the others are empty. */
  readonly scope: Scope;
  /** A part without which there is no view: its failure is the view's. */
  required<Part>(part: string, load: () => Promise<Part>): Promise<Part>;
  /**
   * A part that the view can live without. Its failure gives the part of the last complete answer
   * (named in `stale`), else null (named in `degraded`). A source that says “not found” gives null.
   */
  optional<Part>(part: string, load: () => Promise<Part>): Promise<Part | null>;
}

export interface ViewOptions<Sources, Params extends z.ZodType, Body> {
  /** Kebab case; unique within a cache. */
  readonly name: string;
  readonly params: Params;
  readonly scope: ScopeKind;
  /** Served without questions that long, unless something it was built from changes. */
  readonly freshFor: Duration;
  /** Served that long while a refresh runs, or when the source fails. At most 12 h. */
  readonly servableFor: Duration;
  /** How long after a change the old answer may be shown while a new one is loaded. Default 0. */
  readonly toleratesChangeFor?: Duration;
  /** How long one load may take, whoever waits for it. Default 2000. */
  readonly budgetMs?: number;
  /** Raise it when the body's shape changes for a reason that `load` itself does not show. */
  readonly version?: number;
  load(params: z.output<Params>, tools: LoadTools<Sources>): Promise<Body>;
}

/** A definition, checked. Made by `defineView` only. */
export interface View<Sources, Params extends z.ZodType = z.ZodType, Body = unknown> {
  readonly name: string;
  readonly params: Params;
  readonly scope: ScopeKind;
  readonly freshForMs: number;
  readonly servableForMs: number;
  readonly toleratesChangeForMs: number;
  readonly budgetMs: number;
  /** Part of every key, so that two versions of a view can run side by side. */
  readonly schemaHash: string;
  load(params: z.output<Params>, tools: LoadTools<Sources>): Promise<Body>;
}

/** A view whose types do not matter: what the engine works with. */
export type AnyView = View<unknown>;

const SCOPES: readonly string[] = ['public', 'permission', 'subject'];
const MAX_SERVABLE_MS = 12 * 3_600_000;
const MAX_BUDGET_MS = 30_000;
const DEFAULT_BUDGET_MS = 2_000;

/**
 * Declares a view: `defineView<Sources>()({ name, params, scope, freshFor, servableFor, load })`.
 * The two calls let the sources be named and all else be inferred. Throws `internal` with a sentence
 * that says what is wrong; it is meant to fail when the process starts.
 */
export function defineView<Sources>(): <Params extends z.ZodType, Body>(
  options: ViewOptions<Sources, Params, Body>,
) => View<Sources, Params, Body> {
  return (options) => {
    const refuse = refusalsOf(options.name);
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(options.name)) refuse('name must be kebab case');
    if (typeof options.params?.safeParse !== 'function') refuse('params must be a zod schema');
    if (!SCOPES.includes(options.scope)) refuse(`scope must be one of ${SCOPES.join(', ')}`);
    if (typeof options.load !== 'function') refuse('load must be a function');
    return {
      name: options.name,
      params: options.params,
      scope: options.scope,
      ...lifetimesOf(options, refuse),
      schemaHash: hashOf(options),
      load: (params, tools) => options.load(params, tools),
    };
  };
}

type Refuse = (reason: string) => never;

function refusalsOf(name: string): Refuse {
  return (reason) => {
    throw appError('internal', { privateDetail: `view '${name}': ${reason}` });
  };
}

function lifetimesOf(
  options: ViewOptions<never, z.ZodType, unknown>,
  refuse: Refuse,
): Pick<View<never>, 'freshForMs' | 'servableForMs' | 'toleratesChangeForMs' | 'budgetMs'> {
  const read = (member: 'freshFor' | 'servableFor' | 'toleratesChangeFor', text: string) =>
    parseDuration(text) ?? refuse(`${member} must be a duration like '30s', not '${text}'`);
  const freshForMs = read('freshFor', options.freshFor);
  const servableForMs = read('servableFor', options.servableFor);
  const toleratesChangeForMs = read('toleratesChangeFor', options.toleratesChangeFor ?? '0s');
  const budgetMs = options.budgetMs ?? DEFAULT_BUDGET_MS;
  if (freshForMs <= 0) refuse('freshFor must be more than nothing');
  if (servableForMs < freshForMs) refuse('servableFor must not be shorter than freshFor');
  if (servableForMs > MAX_SERVABLE_MS) refuse("servableFor must not be longer than '12h'");
  if (toleratesChangeForMs > freshForMs) {
    refuse('toleratesChangeFor must not be longer than freshFor');
  }
  if (!(budgetMs > 0 && budgetMs <= MAX_BUDGET_MS)) {
    refuse(`budgetMs must be between 1 and ${MAX_BUDGET_MS}`);
  }
  return { freshForMs, servableForMs, toleratesChangeForMs, budgetMs };
}

/**
 * The text of the load is part of it: a release that composes the body differently then never reads
 * what the one before it stored, without its author having to think of it.
 */
function hashOf(options: ViewOptions<never, z.ZodType, unknown>): string {
  const shape = JSON.stringify([
    options.version ?? 1,
    options.scope,
    z.toJSONSchema(options.params, { unrepresentable: 'any', io: 'input' }),
    String(options.load),
  ]);
  return createHash('sha256').update(shape).digest('base64url').slice(0, 8);
}
