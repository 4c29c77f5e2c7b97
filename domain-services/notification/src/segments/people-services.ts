import type { ServiceClients } from '@cloudphone/service-clients';

/** The services that know people, as far as audiences ask them. */
export interface PeopleServices {
  readonly user: Pick<ServiceClients['user'], 'listSegmentPeople' | 'findPeople'>;
  readonly device: Pick<ServiceClients['device'], 'listSegmentOwners'>;
  readonly billing: Pick<ServiceClients['billing'], 'listSegmentBalances'>;
}
