import { namedId } from '@cloudphone/runtime';
import { DEMO_NAMESPACE } from './demo-namespace.ts';
import { type DemoPerson, demoPerson } from './demo-people.ts';

export const DEMO_DEVICES_PER_PERSON = 3;

/** A demo phone; the same in every service. */
export interface DemoDevice {
  readonly id: string;
  readonly name: string;
  readonly model: string;
  readonly androidVersion: string;
  readonly nodeName: string;
  readonly owner: DemoPerson;
  /** How it stands in the seed. */
  readonly status: 'running' | 'stopped' | 'error';
  /** Days after the seeding; the smallest are within a week, so that some expire soon. */
  readonly expiresInDays: number;
}

const MODELS = [
  { model: 'CP Mini', androidVersion: '12' },
  { model: 'CP Standard', androidVersion: '13' },
  { model: 'CP Pro', androidVersion: '14' },
  { model: 'CP Max', androidVersion: '15' },
] as const;
const NODES = 8;

/** Device `k` (from 1) of person `n` (from 1): `phone-001-1`. */
export function demoDevice(n: number, k: number): DemoDevice {
  const number = (n - 1) * DEMO_DEVICES_PER_PERSON + k;
  const name = `phone-${String(n).padStart(3, '0')}-${k}`;
  const { model, androidVersion } = MODELS[number % MODELS.length] ?? MODELS[0];
  return {
    id: namedId(DEMO_NAMESPACE, `device/${name}`),
    name,
    model,
    androidVersion,
    nodeName: `node-${(number % NODES) + 1}`,
    owner: demoPerson(n),
    status: demoStatus(number),
    expiresInDays: 3 + ((number * 7) % 60),
  };
}

/** Every device of person `n`, in order. */
export function demoDevicesOf(n: number): DemoDevice[] {
  return Array.from({ length: DEMO_DEVICES_PER_PERSON }, (_, index) => demoDevice(n, index + 1));
}

/** One in twenty-five in error, two in five stopped, the rest running. */
function demoStatus(number: number): DemoDevice['status'] {
  if (number % 25 === 0) return 'error';
  return number % 5 < 2 ? 'stopped' : 'running';
}
