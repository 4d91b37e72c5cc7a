import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { locale } from './i18n';

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Numbers, dates and durations as the chosen language writes them. */
export interface Format {
  number: (value: number, digits?: number) => string;
  /** A number out of the data, or what was worked out of it; a text that is a number keeps all of its digits. */
  value: (value: number | string) => string;
  /** In few characters: 1.2M. */
  short: (value: number) => string;
  bytes: (value: number) => string;
  /** From a count of milliseconds: 340 ms, 4.2 s, 3 min 5 s, 2 h 10 min. */
  duration: (ms: number) => string;
  dateTime: (value: string | Date) => string;
  time: (value: string | Date) => string;
  /** With milliseconds, for logs. */
  exactTime: (value: string | Date) => string;
  relative: (value: string | Date, now?: number) => string;
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const WHOLE = /^[+-]?\d+$/;

export function createFormat(tag: string): Format {
  const dateTime = new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeStyle: 'medium' });
  const time = new Intl.DateTimeFormat(tag, { timeStyle: 'medium' });
  const exact = new Intl.DateTimeFormat(tag, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    hour12: false,
  });
  const relative = new Intl.RelativeTimeFormat(tag, { numeric: 'auto', style: 'long' });
  const number = (value: number, digits = 3) =>
    new Intl.NumberFormat(tag, { maximumFractionDigits: digits }).format(value);
  const short = new Intl.NumberFormat(tag, {
    notation: 'compact',
    maximumSignificantDigits: 3,
  });
  const whole = new Intl.NumberFormat(tag, { maximumFractionDigits: 20 });
  const scientific = new Intl.NumberFormat(tag, {
    notation: 'scientific',
    maximumSignificantDigits: 6,
  });
  const ofData = (value: number | string): string => {
    const size = Math.abs(Number(value));
    if (typeof value === 'string') {
      if (!NUMBER.test(value)) return value;
      if (WHOLE.test(value)) return whole.format(value as `${number}`);
    }
    if (!Number.isFinite(size)) return String(value);
    if (size >= 1e15 || (size > 0 && size < 1e-6)) return scientific.format(Number(value));
    if (typeof value === 'string') return whole.format(value as `${number}`);
    // Small numbers need more digits to mean something.
    return number(value, size < 1 ? 6 : 3);
  };
  const chinese = tag.startsWith('zh');
  const [second, minute, hour, day] = chinese
    ? [' 秒', ' 分', ' 小时', ' 天']
    : [' s', ' min', ' h', ' d'];

  return {
    number,
    value: ofData,
    short: (value) => short.format(value),
    bytes: (value) => {
      let size = value;
      let unit = 0;
      while (size >= 1024 && unit < units.length - 1) {
        size /= 1024;
        unit += 1;
      }
      return `${number(size, unit === 0 || size >= 100 ? 0 : 1)} ${units[unit]}`;
    },
    duration: (ms) => {
      if (ms < 0) return `0${second}`;
      if (ms < 1000) return chinese ? `${Math.round(ms)} 毫秒` : `${Math.round(ms)} ms`;
      const seconds = ms / 1000;
      if (seconds < 60) return `${number(Math.floor(seconds * 10) / 10, 1)}${second}`;
      const whole = Math.floor(seconds);
      if (whole < 3600) return pair(Math.floor(whole / 60), minute, whole % 60, second);
      if (whole < 86_400) {
        return pair(Math.floor(whole / 3600), hour, Math.floor((whole % 3600) / 60), minute);
      }
      return pair(Math.floor(whole / 86_400), day, Math.floor((whole % 86_400) / 3600), hour);
    },
    dateTime: (value) => dateTime.format(new Date(value)),
    time: (value) => time.format(new Date(value)),
    exactTime: (value) => exact.format(new Date(value)),
    relative: (value, now = Date.now()) => {
      const seconds = (new Date(value).getTime() - now) / 1000;
      const size = Math.abs(seconds);
      if (size < 45) return relative.format(Math.trunc(seconds / 10) * 10 || 0, 'second');
      if (size < 2700) return relative.format(Math.round(seconds / 60), 'minute');
      if (size < 79_200) return relative.format(Math.round(seconds / 3600), 'hour');
      if (size < 2_246_400) return relative.format(Math.round(seconds / 86_400), 'day');
      if (size < 28_512_000) return relative.format(Math.round(seconds / 2_592_000), 'month');
      return relative.format(Math.round(seconds / 31_536_000), 'year');
    },
  };
}

function pair(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big}${bigUnit}` : `${big}${bigUnit} ${small}${smallUnit}`;
}

export function useFormat(): Format {
  const { i18n } = useTranslation();
  return useMemo(() => createFormat(locale(i18n.language)), [i18n.language]);
}
