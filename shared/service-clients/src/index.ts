export type { CallOptions, ServiceCall, ServiceClients, Written } from './call-options.ts';
export type { ServiceClientsOptions } from './create-service-clients.ts';
export { createServiceClients } from './create-service-clients.ts';
export type { BreakerOptions } from './service-connection.ts';
