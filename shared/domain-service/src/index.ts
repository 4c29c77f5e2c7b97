export type { ServiceConfig } from './config.ts';
export { readServiceConfig, serviceConfigShape } from './config.ts';
export type { DemoDevice } from './demo/demo-devices.ts';
export { DEMO_DEVICES_PER_PERSON, demoDevice, demoDevicesOf } from './demo/demo-devices.ts';
export { demoId } from './demo/demo-namespace.ts';
export type { DemoPerson } from './demo/demo-people.ts';
export {
  DEMO_STAFF,
  DEMO_STAFF_TENANT,
  DEMO_TENANTS,
  demoPerson,
  demoStaff,
} from './demo/demo-people.ts';
export { insertInBatches } from './demo/insert-in-batches.ts';
export { newestPage } from './newest-page.ts';
export type { Place } from './paging.ts';
export { pageFrom, readPlace } from './paging.ts';
export { prefixPattern } from './prefix-pattern.ts';
export type { ReadOnlyDb } from './read-only-db.ts';
export { readsOfBatch } from './reads-of-batch.ts';
export { repeatEvery } from './repeat-every.ts';
export { runDomainService } from './run-domain-service.ts';
export type {
  DemoSeeding,
  DomainService,
  RunningService,
  ServiceTools,
} from './service-definition.ts';
export { startDomainService } from './start-domain-service.ts';
export type { TestService } from './start-test-service.ts';
export { startTestService } from './start-test-service.ts';
