import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '@/lib/format';

export type Unit = 'rows' | 'seconds' | 'percent' | 'number';

interface Bounds {
  min?: number | null | undefined;
  max?: number | null | undefined;
}

/** How what was measured of a table, and what was expected of it, is written. */
export interface Amounts {
  amount: (value: number | null | undefined, unit: Unit) => string;
  /** Empty when everything was allowed. */
  expected: (bounds: Bounds, unit: Unit) => string;
}

/** Without rows, nothing can be said of a rule about rows. */
export const unseen = (rule: { unit?: Unit }, point: { rows: number }) =>
  !rule.unit && point.rows === 0;

export function useAmounts(): Amounts {
  const { t } = useTranslation('quality');
  const format = useFormat();
  return useMemo(() => {
    const amount: Amounts['amount'] = (value, unit) => {
      if (value === null || value === undefined) return t('nothing');
      if (unit === 'rows') return t('amount_rows', { count: value, n: format.number(value) });
      return plain(format, value, unit);
    };
    return {
      amount,
      expected: ({ min, max }, unit) => {
        const low = typeof min === 'number' ? plain(format, min, unit) : undefined;
        const high = typeof max === 'number' ? plain(format, max, unit) : undefined;
        if (low !== undefined && high !== undefined) return t('between', { min: low, max: high });
        if (low !== undefined) return t('at_least', { min: low });
        return high === undefined ? '' : t('at_most', { max: high });
      },
    };
  }, [t, format]);
}

/** A value without a word for its unit where that is clear from beside. */
export function plain(format: Format, value: number, unit: Unit): string {
  switch (unit) {
    case 'seconds':
      return value === 0 ? '0' : format.duration(value * 1000);
    case 'percent':
      return `${format.number(value, 2)}%`;
    default:
      return format.value(value);
  }
}
