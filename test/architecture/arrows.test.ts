import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cruise, cruise } from './cruise.ts';
import { ROOT, readRepository } from './repository.ts';
import { buildTree, type TemporaryTree } from './temporary-tree.ts';

const { levels, besideLevels } = JSON.parse(
  readFileSync(new URL('./levels.json', import.meta.url), 'utf8'),
) as { levels: string[][]; besideLevels: Record<string, string[]> };
const everyPackage = [...levels.flat(), ...Object.keys(besideLevels)];

/** Every module of the tree is parsed, in one process: minutes on a machine that is busy besides. */
const CRUISE_LIMIT_MS = 300_000;

describe('the arrows between packages', () => {
  let found: Cruise;
  beforeAll(() => {
    found = cruise(ROOT);
  }, CRUISE_LIMIT_MS);

  test('every package has its place in the table of levels', () => {
    const folders = readRepository().map(({ folder }) => folder);
    expect(folders.filter((folder) => folder !== '' && folder !== 'test').sort()).toEqual(
      [...everyPackage].sort(),
    );
  });

  test('modules of every package were read, and workspaces lead to sources', () => {
    for (const folder of everyPackage) {
      expect(found.modules.filter((path) => path.startsWith(`${folder}/src/`))).not.toEqual([]);
    }
    expect(found.modules.length).toBeGreaterThan(300);
    expect(found.modules.filter((path) => path.includes('@cloudphone/'))).toEqual([]);
  });

  test('all of them point where they may', () => {
    expect(found.violations).toEqual([]);
  });
});

/** Each breaks one rule: from a file, what it says, and how that is reported. */
const FORBIDDEN = [
  ['an arrow up', 'shared/runtime/src/up.ts', '@cloudphone/redis', 'level-1-points-down'],
  [
    'one sideways at level 0',
    'shared/contracts/src/a.ts',
    '@cloudphone/errors',
    'level-0-points-down',
  ],
  [
    'one sideways at level 2',
    'shared/redis/src/a.ts',
    '@cloudphone/postgres',
    'level-2-points-down',
  ],
  ['one sideways at level 3', 'shared/http/src/a.ts', '@cloudphone/jobs', 'level-3-points-down'],
  [
    'one sideways at level 4',
    'shared/bff/src/a.ts',
    '@cloudphone/domain-service',
    'level-4-points-down',
  ],
  ['one sideways at level 5', 'bff-user/src/a.ts', '@cloudphone/bff-admin', 'level-5-points-down'],
  [
    'one from the browser client to anything but contracts',
    'shared/realtime-client/src/a.ts',
    '@cloudphone/errors',
    'shared-realtime-client-stays-beside',
  ],
  [
    'one from the view cache to contracts',
    'shared/view-cache/src/a.ts',
    '@cloudphone/contracts',
    'shared-view-cache-never-meets-shared-contracts',
  ],
  [
    'one to the test kit outside a test',
    'shared/http/src/b.ts',
    '@cloudphone/test-kit',
    'tests-only',
  ],
  ['one to the engines outside a test', 'bff-user/src/b.ts', '@cloudphone/deploy', 'tests-only'],
  [
    'one to the browser client from a server',
    'bff-user/src/c.ts',
    '@cloudphone/realtime-client',
    'client-only-in-browsers',
  ],
  [
    'one to fixtures outside a test',
    'shared/http/src/e.ts',
    './fixtures/world.ts',
    'fixtures-only-in-tests',
  ],
  ['an import past a door', 'shared/http/src/c.ts', '../../redis/src/keys.ts', 'by-the-door'],
  ['a cycle of types', 'shared/jobs/src/a.ts', './b.ts', 'no-cycles'],
  ['an import of something absent', 'shared/jobs/src/c.ts', './gone.ts', 'resolvable'],
] as const;

const ALLOWED = {
  'shared/redis/src/keys.ts': 'export {};',
  'shared/http/src/d.ts': "import '@cloudphone/redis';\nimport type {} from '@cloudphone/errors';",
  'shared/http/src/fixtures/world.ts': "import '@cloudphone/test-kit';",
  'shared/http/src/d.test.ts': "import '@cloudphone/test-kit';",
  'domain-services/app/src/main.ts': "import '@cloudphone/domain-service';",
  'shared/jobs/src/b.ts': "import type {} from './a.ts';",
};

describe('the rules for arrows', () => {
  let tree: TemporaryTree;
  let violations: readonly string[];
  beforeAll(() => {
    const broken = FORBIDDEN.map(([, from, to]) => [from, `import type {} from '${to}';`] as const);
    tree = buildTree(everyPackage, { ...Object.fromEntries(broken), ...ALLOWED });
    violations = cruise(tree.root).violations;
  }, CRUISE_LIMIT_MS);
  afterAll(() => tree.remove());

  test.each(FORBIDDEN)('%s is reported', (_, from, __, rule) => {
    expect(violations.filter((violation) => violation.includes(`: ${from} → `))).toEqual([
      expect.stringMatching(`^${rule}: `),
    ]);
  });

  test('nothing else is: arrows down by a door, and the kit in a test, are allowed', () => {
    const reported = violations.map((violation) => /: (\S+) → /.exec(violation)?.[1]);
    expect(reported.filter((from) => from !== undefined && from in ALLOWED)).toEqual([]);
  });
});
