import type { ServiceClients } from '@cloudphone/service-clients';
import { defineView } from '@cloudphone/view-cache';

/** Declares a view of the admin console: `from` in its load are the five domain services. */
export const defineAdminView = defineView<ServiceClients>();
