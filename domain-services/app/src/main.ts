import { runDomainService } from '@cloudphone/domain-service';
import { appService } from './app-service.ts';
import { readAppConfig } from './config.ts';

const { service, settings } = readAppConfig();
runDomainService(appService(settings), service);
