import type { CallDefinition, Identity } from '@cloudphone/contracts';
import type * as z from 'zod';
import type { Access } from './access.ts';
import { DEFAULT_BODY_LIMIT_BYTES } from './define-route.ts';
import type { OutputOf, Reply, Route, RouteRequest } from './route.ts';

type Schema = z.ZodType | undefined;

/** A reply whose body is what the call's contract says. */
export interface CallReply<Answer extends z.ZodType>
  extends Omit<Reply, 'body' | 'bytes' | 'stream' | 'status'> {
  readonly body: z.input<Answer>;
}

interface AnswerOptions<Rule extends Access> {
  /** `internal` unless told. A call that is public still knows an internal caller's identity. */
  readonly access?: Rule;
  /** 100 kB unless told. */
  readonly bodyLimitBytes?: number;
  /** For what takes longer than requests usually may. */
  readonly deadlineMs?: number;
}

type Who<Rule extends Access> = Rule extends { readonly kind: 'public' }
  ? Identity | undefined
  : Identity;

/**
 * A service's side of a call of the contract: validated by it, answered by it (fields that the
 * contract does not name never leave), named after it. A 404 of a GET carries the tags the call is
 * known to depend on, so that an absence that somebody cached ends when the thing is created.
 */
export function answerCall<
  Params extends Schema,
  Query extends Schema,
  Body extends Schema,
  Answer extends z.ZodType,
  const Rule extends Access = { readonly kind: 'internal' },
>(
  call: CallDefinition<Params, Query, Body, Answer>,
  handle: (
    request: RouteRequest<OutputOf<Params>, OutputOf<Query>, OutputOf<Body>, Who<Rule>>,
  ) => Promise<CallReply<Answer>>,
  options: AnswerOptions<Rule> = {},
): Route {
  const { method, path, params, query, body, bodyMedia, answer, knownTags } = call;
  return {
    kind: 'route',
    method,
    path,
    name: call.name,
    summary: inWords(call.name),
    access: options.access ?? { kind: 'internal' },
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body }),
    ...(bodyMedia === undefined ? {} : { bodyMedia }),
    ...(options.deadlineMs === undefined ? {} : { deadlineMs: options.deadlineMs }),
    answer,
    status: call.status ?? 200,
    bodyLimitBytes: options.bodyLimitBytes ?? DEFAULT_BODY_LIMIT_BYTES,
    ...(knownTags === undefined || method !== 'GET' ? {} : { absenceTags: knownTags }),
    handle: handle as Route['handle'],
  };
}

/** `getDeviceCounts` → `Get device counts`. */
function inWords(name: string): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
