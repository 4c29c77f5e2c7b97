import { type CallDefinition, SERVICE_CALLS } from '@cloudphone/contracts';
import { describe, expect, test } from 'vitest';
import { defineProxyRoute } from '../proxy/proxy-route.ts';
import { answerCall } from '../routes/answer-call.ts';
import { describeRoutes } from './describe-routes.ts';

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, { schema: object }> };
  readonly responses: Record<string, unknown>;
  readonly security: readonly object[];
}

const calls = Object.values(SERVICE_CALLS).flatMap((service) =>
  Object.values<CallDefinition>(service),
);

/** Services share addresses (`/dead-letters`), so it is of one service that all are told apart. */
function describeAll(of: readonly CallDefinition[] = calls): {
  paths: Record<string, Record<string, Operation>>;
} {
  const document = describeRoutes({
    name: 'all',
    version: '1',
    routes: of.map((call) => answerCall(call, () => Promise.reject(new Error('not run')))),
    proxies: [],
  });
  return JSON.parse(JSON.stringify(document));
}

describe('the OpenAPI document', () => {
  test.each(Object.entries(SERVICE_CALLS))(
    'describes every call of %s, each under an id of its own',
    (_service, table) => {
      const own = Object.values<CallDefinition>(table);
      const operations = Object.values(describeAll(own).paths).flatMap(Object.values<Operation>);
      expect(operations).toHaveLength(own.length);
      const ids = operations.map(({ operationId }) => operationId);
      expect(new Set(ids).size).toBe(ids.length);
    },
  );

  test('describes every parameter of a path', () => {
    for (const [path, operations] of Object.entries(describeAll().paths)) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      for (const { parameters } of Object.values(operations)) {
        expect(parameters.filter((each) => each.in === 'path').map(({ name }) => name)).toEqual(
          inPath,
        );
      }
    }
  });

  test('says what a query takes, and what it does without', () => {
    const list = describeAll().paths['/devices']?.get;
    const limit = list?.parameters.find(({ name }) => name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });

  test('of a proxy route tells of the call behind it and of the permission', () => {
    const document = describeRoutes({
      name: 'bff',
      version: '1',
      routes: [],
      proxies: [
        defineProxyRoute({
          method: 'GET',
          path: '/admin/apps',
          to: SERVICE_CALLS.app.listApps,
          access: { kind: 'permission', permission: 'devices:read' },
        }),
      ],
    });
    expect(document).toMatchObject({
      paths: {
        '/admin/apps': {
          get: {
            'x-permission': 'devices:read',
            security: [{ bearer: [] }],
            responses: { 200: { content: { 'application/json': {} } } },
          },
        },
      },
    });
  });
});
