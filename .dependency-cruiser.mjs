import { readFileSync } from 'node:fs';

/**
 * Where arrows between packages may point. The table of levels is data
 * (test/architecture/levels.json); test/architecture/arrows.test.ts breaks every rule once and sees
 * it reported, and sees that modules were cruised at all: with a compiler it does not know,
 * dependency-cruiser reads nothing and reports no violations.
 */
const table = JSON.parse(
  readFileSync(new URL('./test/architecture/levels.json', import.meta.url), 'utf8'),
);
const { levels, besideLevels, never } = table;

const anyOf = (folders) => `(${folders.join('|')})`;
const inside = (folders) => `^${anyOf(folders)}/`;
const everyPackage = [...levels.flat(), ...Object.keys(besideLevels)];
/** Tests, fixtures, and suites that several implementations run. */
const testSupport = '(/(fixtures|testing)/|-conformance\\.ts$)';
const tests = ['\\.test\\.tsx?$', testSupport];

const pointsDown = levels.map((folders, level) => ({
  name: `level-${level}-points-down`,
  comment: `A package of level ${level} imports packages of lower levels only, never its neighbours.`,
  severity: 'error',
  from: { path: inside(folders) },
  to: { path: inside(levels.slice(level).flat()), pathNot: '^$1/' },
}));

const staysBeside = Object.entries(besideLevels).map(([folder, allowed]) => ({
  name: `${folder.replaceAll('/', '-')}-stays-beside`,
  comment: `${folder} imports only ${allowed.join(', ')}.`,
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { path: inside(everyPackage), pathNot: inside([folder, ...allowed]) },
}));

const neverMeet = never.map(({ from, to, because }) => ({
  name: `${from.replaceAll('/', '-')}-never-meets-${to.replaceAll('/', '-')}`,
  comment: because,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: `^${to}/` },
}));

export default {
  forbidden: [
    ...pointsDown,
    ...staysBeside,
    ...neverMeet,
    {
      name: 'tests-only',
      comment:
        'Engines that are started for tests, and the kit around them, stay out of what runs.',
      severity: 'error',
      from: { path: inside(everyPackage), pathNot: [...tests, '^(deploy|test)/'] },
      to: { path: '^(deploy|test)/' },
    },
    {
      name: 'fixtures-only-in-tests',
      comment: 'What runs does not stand on what was made for tests.',
      severity: 'error',
      from: { path: inside(everyPackage), pathNot: [...tests, '^test/'] },
      to: { path: testSupport, pathNot: 'node_modules' },
    },
    {
      name: 'client-only-in-browsers',
      comment: 'The browser side of realtime is for web apps and for tests.',
      severity: 'error',
      from: {
        path: inside(everyPackage),
        pathNot: [...tests, '^(shared/realtime-client|test)/', '^bff-(admin/console|user/app)/'],
      },
      to: { path: '^shared/realtime-client/' },
    },
    {
      name: 'by-the-door',
      comment: 'Another package is imported by its name, which leads to its door, src/index.ts.',
      severity: 'error',
      from: { path: `^${anyOf([...everyPackage, 'test'])}/` },
      to: {
        path: inside(everyPackage),
        pathNot: ['^$1/', '/src/index\\.ts$', '-conformance\\.ts$'],
      },
    },
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one file, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'What cannot be found cannot be judged.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.tsbuild|\\.data|coverage)/|^test/architecture/\\.trees/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      mainFields: ['module', 'main', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
