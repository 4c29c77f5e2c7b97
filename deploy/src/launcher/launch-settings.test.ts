import { expect, test } from 'vitest';
import { parseLaunchSettings } from './launch-settings.ts';

test('launch settings → are those of the README when nothing is said', () => {
  expect(parseLaunchSettings([], {})).toEqual({
    portBase: 4000,
    dataDir: '.data',
    isDemo: true,
    replicas: 1,
    isVerbose: false,
  });
});

test('launch settings → come from the command line and the environment', () => {
  const env = { CLOUDPHONE_PORT_BASE: '5000', CLOUDPHONE_DATA_DIR: '/data', CLOUDPHONE_DEMO: '0' };
  expect(parseLaunchSettings(['--replicas', '2', '--verbose'], env)).toEqual({
    portBase: 5000,
    dataDir: '/data',
    isDemo: false,
    replicas: 2,
    isVerbose: true,
  });
});

test('launch settings → refuse what makes no sense, by name', () => {
  expect(() => parseLaunchSettings(['--replicas', '0'], {})).toThrow(
    '--replicas is a whole number from 1 to 9, not “0”.',
  );
  expect(() => parseLaunchSettings([], { CLOUDPHONE_PORT_BASE: 'high' })).toThrow(
    'CLOUDPHONE_PORT_BASE is a whole number from 1024 to 65000, not “high”.',
  );
  expect(() => parseLaunchSettings(['--replica=2'], {})).toThrow("'--replica'");
});
