import { runBff } from '@cloudphone/bff';
import { bffUser } from './bff-user.ts';
import { config } from './config.ts';

runBff(bffUser, config);
