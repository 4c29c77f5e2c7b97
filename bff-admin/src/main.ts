import { runBff } from '@cloudphone/bff';
import { bffAdmin } from './bff-admin.ts';
import { config } from './config.ts';

runBff(bffAdmin, config);
