import type { HelperOptions } from 'handlebars';

/** What a rendering knows besides its variables; helpers find it in Handlebars' data. */
export interface RenderingPlace {
  readonly locale: string;
  /** IANA name. */
  readonly timeZone: string;
}

export const HELPER_NAMES = ['formatDate', 'formatNumber', 'formatCurrency'] as const;

const DATE_STYLES = {
  date: { dateStyle: 'long' },
  time: { timeStyle: 'short' },
  full: { dateStyle: 'long', timeStyle: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

function placeOf(options: HelperOptions): RenderingPlace {
  return (options.data as { place: RenderingPlace }).place;
}

/** `{{formatDate at}}` or `{{formatDate at "date"}}`; styles: full (unless told), date, time. */
function formatDate(value: unknown, ...rest: unknown[]): string {
  const options = rest.at(-1) as HelperOptions;
  const style = rest.length > 1 ? String(rest[0]) : 'full';
  if (!isDateStyle(style)) throw new RangeError(`formatDate has no style “${style}”`);
  const date = new Date(value as string | number);
  if (Number.isNaN(date.getTime())) throw new RangeError('formatDate was given no date');
  const { locale, timeZone } = placeOf(options);
  return new Intl.DateTimeFormat(locale, { ...DATE_STYLES[style], timeZone }).format(date);
}

function formatNumber(value: unknown, options: HelperOptions): string {
  return new Intl.NumberFormat(placeOf(options).locale).format(finite(value, 'formatNumber'));
}

/** `{{formatCurrency amount currency}}`: the amount in whole minor units, as everywhere. */
function formatCurrency(amount: unknown, currency: unknown, options: HelperOptions): string {
  const minor = finite(amount, 'formatCurrency');
  const format = new Intl.NumberFormat(placeOf(options).locale, {
    style: 'currency',
    currency: String(currency),
  });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(minor / 10 ** digits);
}

/** `{{#ifEquals status "paid"}}…{{else}}…{{/ifEquals}}`. */
function ifEquals(this: unknown, one: unknown, other: unknown, options: HelperOptions): string {
  return one === other ? options.fn(this) : options.inverse(this);
}

export const templateHelpers = { formatDate, formatNumber, formatCurrency, ifEquals } as const;

function isDateStyle(style: string): style is keyof typeof DATE_STYLES {
  return Object.hasOwn(DATE_STYLES, style);
}

function finite(value: unknown, helper: string): number {
  const number = typeof value === 'number' ? value : Number.NaN;
  if (!Number.isFinite(number)) throw new RangeError(`${helper} was given no number`);
  return number;
}
