import { createHash } from 'node:crypto';
import { invalidInput } from '@cloudphone/errors';
import type { z } from 'zod';
import type { AnyView, Scope, View } from './define-view.ts';

declare const brand: unique symbol;

/** The key of one answer: the view, its schema, who it is for and with which parameters. */
export type ViewKey = string & { readonly [brand]: 'ViewKey' };

const LONGEST_PARAMS = 120;
const NOBODY: Scope = { audience: '', tenant: '', subject: '', permissionVersion: 0 };

/**
 * The key under which an answer is kept. Costs a parse of the parameters: callers of `peek` keep it.
 * Throws invalid_input with every issue when the parameters do not fit the view's schema.
 */
export function keyOf<Sources, Params extends z.ZodType, Body>(
  view: View<Sources, Params, Body>,
  params: z.input<Params>,
  scope: Scope,
): ViewKey {
  return keyOfParsed(view, parseParams(view, params), scope);
}

export function parseParams<Params extends z.ZodType>(
  view: { readonly params: Params },
  params: unknown,
): z.output<Params> {
  const parsed = view.params.safeParse(params);
  if (parsed.success) return parsed.data;
  throw invalidInput(
    parsed.error.issues.map((issue) => ({
      path: ['params', ...issue.path].join('.'),
      message: issue.message,
    })),
  );
}

export function keyOfParsed(
  view: Pick<AnyView, 'name' | 'schemaHash' | 'scope'>,
  params: unknown,
  scope: Scope,
): ViewKey {
  const { audience, tenant, subject, permissionVersion } = scopeFor(view, scope);
  const who = [audience, tenant, subject].map(encodeURIComponent).join(',');
  const text = canonicalJson(params);
  const what =
    text.length <= LONGEST_PARAMS
      ? encodeURIComponent(text)
      : createHash('sha256').update(text).digest('base64url');
  return `${view.name}:${view.schemaHash}:${who},${permissionVersion}:${what}` as ViewKey;
}

/** Names are kebab case, so the first colon ends them. */
export function viewNameIn(key: string): string {
  return key.slice(0, key.indexOf(':'));
}

/** What a view may know of who asks: exactly what its key says. */
export function scopeFor(view: Pick<AnyView, 'scope'>, scope: Scope): Scope {
  if (view.scope === 'public') return NOBODY;
  return view.scope === 'permission' ? { ...scope, subject: '' } : { ...scope };
}

/** Members in order of name, so that the order in which a caller wrote them makes no difference. */
function canonicalJson(value: unknown): string {
  return (
    JSON.stringify(value, (_name, member: unknown) =>
      member !== null && typeof member === 'object' && !Array.isArray(member)
        ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
        : member,
    ) ?? ''
  );
}
