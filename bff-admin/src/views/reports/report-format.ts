import * as z from 'zod';

/** How a report is sent. */
export const reportFormat = z.enum(['json', 'csv']).default('json');
