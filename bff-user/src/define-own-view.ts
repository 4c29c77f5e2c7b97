import type { ServiceClients } from '@cloudphone/service-clients';
import { defineView } from '@cloudphone/view-cache';

/** Declares a view of the user app. With scope `subject`, `scope.subject` is the caller. */
export const defineOwnView = defineView<ServiceClients>();
