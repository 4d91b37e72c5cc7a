function tag(language: string): string {
  return language === 'zh' ? 'zh-CN' : 'en-GB';
}

export function formatCount(count: number, language: string): string {
  return new Intl.NumberFormat(tag(language)).format(count);
}

/** 1,234 but 12K: for places with little room. */
export function formatCompact(count: number, language: string): string {
  if (count < 10_000) return formatCount(count, language);
  return new Intl.NumberFormat(tag(language), {
    notation: 'compact',
    maximumFractionDigits: 1,
  }).format(count);
}

/** 12 ms, 1.4 s, 2 min 05 s. */
export function formatDuration(ms: number, language: string): string {
  const unit = (value: number, name: string, digits = 0) =>
    new Intl.NumberFormat(tag(language), {
      style: 'unit',
      unit: name,
      unitDisplay: language === 'zh' ? 'narrow' : 'short',
      maximumFractionDigits: digits,
      minimumFractionDigits: digits,
    }).format(value);
  if (ms < 1000) return unit(Math.round(ms), 'millisecond');
  if (ms < 60_000) return unit(ms / 1000, 'second', 1);
  const seconds = Math.floor(ms / 1000);
  if (seconds < 3600)
    return `${unit(Math.floor(seconds / 60), 'minute')} ${unit(seconds % 60, 'second')}`;
  return `${unit(Math.floor(seconds / 3600), 'hour')} ${unit(Math.floor((seconds % 3600) / 60), 'minute')}`;
}

export function formatTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(tag(language), { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(iso),
  );
}
