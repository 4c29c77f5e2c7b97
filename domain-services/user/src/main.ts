import { runDomainService } from '@cloudphone/domain-service';
import { readUserConfig } from './config.ts';
import { userService } from './user-service.ts';

runDomainService(userService, readUserConfig());
