import { runDomainService } from '@cloudphone/domain-service';
import { appService } from './app-service.ts';
import { readAppConfig } from './config.ts';

runDomainService(appService, readAppConfig());
