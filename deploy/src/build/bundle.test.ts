import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { scratchFolder } from '../fixtures/scratch-folder.ts';
import { runCommand } from '../processes/run-command.ts';
import { bundle } from './bundle.ts';

const request = { name: 'demo', entry: 'demo/main.ts' };

test('a bundle → holds our packages and text files, and leaves others to node_modules', async () => {
  const projectDir = await sampleProject();
  const { file } = await bundle({ ...request, projectDir });
  const code = await readFile(file, 'utf8');
  expect(code).toContain('import "left-pad"');
  expect(code).not.toContain('@cloudphone/');
  expect(await runCommand(process.execPath, [file], { cwd: '/' })).toBe(
    'door, return 1;, nested\n',
  );
});

test('a bundle → is made anew only when an input changed', async () => {
  const projectDir = await sampleProject();
  const build = async () => (await bundle({ ...request, projectDir })).wasBuilt;
  expect(await build()).toBe(true);
  expect(await build()).toBe(false);
  await writeFile(join(projectDir, 'shared/door/index.ts'), "export const door = 'new door';");
  expect(await build()).toBe(true);
  expect(await build()).toBe(false);
});

test('a bundle → of an entry that is not there says which', async () => {
  const projectDir = await scratchFolder();
  await expect(bundle({ ...request, projectDir })).rejects.toThrow(
    'Nothing to build for demo: demo/main.ts does not exist.',
  );
});

async function sampleProject(): Promise<string> {
  const projectDir = await scratchFolder();
  const files = {
    'demo/main.ts': `import 'left-pad'; import { door } from '@cloudphone/door'; import { depth } from 'deep';
      import script from './one.lua'; console.log([door, script, depth].join(', '));`,
    'demo/one.lua': 'return 1;',
    'demo/node_modules/deep/package.json': '{"type":"module","exports":"./index.js"}',
    'demo/node_modules/deep/index.js': "export const depth = 'nested';",
    'shared/door/package.json': '{"name":"@cloudphone/door","exports":{".":"./index.ts"}}',
    'shared/door/index.ts': "export const door = 'door';",
    'node_modules/left-pad/package.json': '{"main":"index.js"}',
    'node_modules/left-pad/index.js': '',
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(projectDir, path, '..'), { recursive: true });
    await writeFile(join(projectDir, path), text);
  }
  await mkdir(join(projectDir, 'node_modules/@cloudphone'));
  await symlink('../../shared/door', join(projectDir, 'node_modules/@cloudphone/door'));
  return projectDir;
}
