import { createManualClock } from '@cloudphone/runtime';
import { describe, expect, test } from 'vitest';
import { createKnownVersions } from './known-versions.ts';

const at = (seq: number, epoch = 'e1') => ({ epoch, seq });
const told = (seq: number, version: number, options: { tag?: string; isAccess?: boolean } = {}) =>
  ({
    position: at(seq),
    tags: [],
    class: options.isAccess ? 'access' : 'fact',
    versions: [{ tag: options.tag ?? 'a', version }],
  }) as const;

function openVersions(maxTags = 100) {
  const clock = createManualClock();
  const versions = createKnownVersions({ clock, maxTags });
  versions.reset(at(10));
  return { clock, versions };
}

describe('known versions', () => {
  test('what a row up to the start told counts, what one after it told does not', () => {
    const { versions } = openVersions();
    versions.learn(told(11, 5));
    versions.learn(told(14, 6));
    expect(versions.latest('a')).toBe(6);
    expect(versions.hasLater('a', 4, at(11))).toBe(true);
    expect(versions.hasLater('a', 4, at(10))).toBe(false);
    expect(versions.hasLater('a', 5, at(13))).toBe(false);
    expect(versions.hasLater('a', 5, at(14))).toBe(true);
    expect(versions.hasLater('b', 0, at(14))).toBe(false);
  });

  test('access changes are known apart, whatever came after them', () => {
    const { versions } = openVersions();
    versions.learn(told(11, 5, { isAccess: true }));
    for (let seq = 12; seq < 80; seq++) versions.learn(told(seq, seq));
    expect(versions.hasLaterAccess('a', 4, at(79))).toBe(true);
    expect(versions.hasLaterAccess('a', 5, at(79))).toBe(false);
  });

  test('of more changes during a load than are remembered the first may have been before it', () => {
    const { versions } = openVersions();
    for (let seq = 11; seq < 60; seq++) versions.learn(told(seq, seq));
    expect(versions.hasLater('a', 10, at(10))).toBe(true);
    expect(versions.hasLater('a', 30, at(10))).toBe(false);
  });

  test('missed rows take nothing away', () => {
    const { versions } = openVersions();
    versions.learn(told(11, 5));
    versions.reset(at(99));
    expect(versions.hasLater('a', 4, at(99))).toBe(true);
  });

  test('what was told in an earlier epoch counts for a minute', () => {
    const { versions, clock } = openVersions();
    versions.learn(told(11, 5, { isAccess: true }));
    versions.reset(at(3, 'e2'));
    clock.turn(59_000);
    versions.reset(at(2, 'e3'));
    expect(versions.hasLater('a', 4, at(2, 'e3'))).toBe(true);
    expect(versions.hasLaterAccess('a', 4, at(2, 'e3'))).toBe(true);
    expect(versions.latest('a')).toBe(5);
    clock.turn(61_000);
    expect(versions.hasLater('a', 4, at(2, 'e3'))).toBe(false);
  });

  test('a start in an epoch that is not known yet is after everything that was told', () => {
    const { versions } = openVersions();
    versions.learn(told(11, 5));
    expect(versions.hasLater('a', 4, at(1, 'e2'))).toBe(true);
  });

  test('so many tags are remembered, the last ones', () => {
    const { versions } = openVersions(2);
    for (const tag of ['a', 'b', 'c']) versions.learn(told(11, 5, { tag }));
    expect(versions.latest('a')).toBeUndefined();
    expect([versions.latest('b'), versions.latest('c')]).toEqual([5, 5]);
  });
});
