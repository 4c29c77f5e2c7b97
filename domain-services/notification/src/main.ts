import { runDomainService } from '@cloudphone/domain-service';
import { readNotificationConfig } from './config.ts';
import { notificationService } from './notification-service.ts';

const config = readNotificationConfig();
runDomainService(notificationService(config), config);
