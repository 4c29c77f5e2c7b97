import * as z from 'zod';

/**
 * Reads a process's configuration from its environment by a schema of variables. Empty strings
 * count as absent. Throws one Error that lists every variable that is missing or malformed, without
 * its value.
 */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Readonly<Record<string, string | undefined>>,
): z.infer<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return result.data as z.infer<z.ZodObject<Shape>>;
  const wrong = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`The configuration is not valid:\n${wrong.join('\n')}`);
}

/** `1`, `true`, `yes` or `0`, `false`, `no`. */
export const flagVariable = z
  .enum(['1', 'true', 'yes', '0', 'false', 'no'])
  .transform((text) => text === '1' || text === 'true' || text === 'yes');

export const portVariable = z.coerce.number().int().min(1).max(65_535);
