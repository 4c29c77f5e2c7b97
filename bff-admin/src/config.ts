import { readBffConfig } from '@cloudphone/bff';

export const config = readBffConfig(process.env);
