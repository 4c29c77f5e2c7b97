/**
 * The LIKE pattern of “begins with this, in any case”, for a column in lower case. What the text
 * holds of LIKE's own signs stands for itself.
 */
export function prefixPattern(text: string): string {
  return `${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
}
