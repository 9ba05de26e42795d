// Numbers, sizes, times and money in the language of the page.
import { language } from '$i18n';

const cache = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>();

function cached<T extends Intl.NumberFormat | Intl.DateTimeFormat | Intl.RelativeTimeFormat>(
  kind: string,
  make: (tag: string) => T,
): T {
  const tag = language.tag;
  const key = `${tag} ${kind}`;
  const found = cache.get(key) as T | undefined;
  if (found) return found;
  const made = make(tag);
  cache.set(key, made);
  return made;
}

const numbers = (kind: string, options: Intl.NumberFormatOptions): Intl.NumberFormat =>
  cached(kind, (tag) => new Intl.NumberFormat(tag, options));
const dates = (kind: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  cached(kind, (tag) => new Intl.DateTimeFormat(tag, options));

/** `1,234`; compact turns it into `1.2K`. */
export function formatNumber(value: number, options: { compact?: boolean; digits?: number } = {}): string {
  const digits = options.digits ?? (options.compact ? 1 : 2);
  const notation = options.compact ? 'compact' : 'standard';
  return numbers(`n${notation}${digits}`, { notation, maximumFractionDigits: digits }).format(value);
}

/** US dollars: cents where they matter, more digits for the small sums of single answers. */
export function formatUsd(value: number): string {
  const small = value !== 0 && Math.abs(value) < 0.1;
  const digits = small ? 4 : 2;
  return numbers(`usd${digits}`, {
    style: 'currency',
    currency: 'USD',
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: 2,
    maximumFractionDigits: digits,
  }).format(value);
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `1.4 MB`, in steps of 1000. */
export function formatBytes(value: number): string {
  let size = value;
  let step = 0;
  while (Math.abs(size) >= 1000 && step < UNITS.length - 1) {
    size /= 1000;
    step += 1;
  }
  const digits = step === 0 || size >= 100 ? 0 : 1;
  const unit = UNITS[step] ?? 'byte';
  const unitDisplay = step === 0 ? 'long' : 'short';
  return numbers(`b${unit}${digits}`, {
    style: 'unit',
    unit,
    unitDisplay,
    maximumFractionDigits: digits,
  }).format(size);
}

function unit(value: number, name: 'day' | 'hour' | 'minute' | 'second', digits = 0): string {
  return numbers(`d${name}${digits}`, {
    style: 'unit',
    unit: name,
    unitDisplay: 'narrow',
    maximumFractionDigits: digits,
  }).format(value);
}

/** A span of time with its two largest units: `3d 4h`, `2m 5s`, `1.2s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return unit(seconds, 'second', 1);
  const whole = Math.round(seconds);
  const parts: [number, 'day' | 'hour' | 'minute' | 'second'][] = [
    [Math.floor(whole / 86_400), 'day'],
    [Math.floor((whole % 86_400) / 3_600), 'hour'],
    [Math.floor((whole % 3_600) / 60), 'minute'],
    [whole % 60, 'second'],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(Math.max(0, first), Math.max(0, first) + 2)
    .filter(([count]) => count > 0)
    .map(([count, name]) => unit(count, name))
    .join(' ');
}

/** The time of day. */
export function formatTime(ms: number): string {
  return dates('time', { hour: 'numeric', minute: '2-digit' }).format(ms);
}

/** The day; with `time` also the time of day. */
export function formatDate(ms: number, options: { time?: boolean } = {}): string {
  return options.time
    ? dates('datetime', { dateStyle: 'medium', timeStyle: 'short' }).format(ms)
    : dates('date', { dateStyle: 'medium' }).format(ms);
}

const STEPS: [number, Intl.RelativeTimeFormatUnit][] = [
  [60_000, 'second'],
  [3_600_000, 'minute'],
  [86_400_000, 'hour'],
  [7 * 86_400_000, 'day'],
];
const SIZES: Partial<Record<Intl.RelativeTimeFormatUnit, number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
};

/** `5 minutes ago`; from a week on the date. */
export function formatRelative(ms: number, now: number): string {
  const distance = ms - now;
  const found = STEPS.find(([limit]) => Math.abs(distance) < limit);
  if (!found) return formatDate(ms);
  const [, name] = found;
  const format = cached('rel', (tag) => new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'long' }));
  // "in 12 seconds" and "12 seconds ago" would tick; below a minute it is simply now.
  if (name === 'second') return format.format(0, 'second');
  return format.format(Math.trunc(distance / (SIZES[name] ?? 1)), name);
}
