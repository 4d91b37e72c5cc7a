import { describe, expect, it } from 'vitest';
import { createFormat } from './format';

const en = createFormat('en-GB');
const zh = createFormat('zh-CN');

describe('format', () => {
  it.each([
    [0, '0 ms'],
    [340, '340 ms'],
    [4270, '4.2 s'],
    [59_990, '59.9 s'],
    [185_000, '3 min 5 s'],
    [7_200_000, '2 h'],
    [93_600_000, '1 d 2 h'],
    [-5, '0 s'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(en.duration(ms)).toBe(text);
  });

  it('writes durations in Chinese', () => {
    expect(zh.duration(185_000)).toBe('3 分 5 秒');
    expect(zh.duration(20)).toBe('20 毫秒');
  });

  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1536, '1.5 KiB'],
    [1024 * 1024 * 5, '5 MiB'],
    [1024 * 300, '300 KiB'],
  ])('writes %i bytes as %s', (bytes, text) => {
    expect(en.bytes(bytes)).toBe(text);
  });

  it.each([
    [1234, '1,234'],
    ['1234.5', '1,234.5'],
    ['1e5', '100,000'],
    ['1e+05', '100,000'],
    [0.000123456789, '0.000123'],
    [1234.56789, '1,234.568'],
    ['1234.56789', '1,234.56789'],
    ['-0.5', '-0.5'],
    ['12345678901234567890', '12,345,678,901,234,567,890'],
    [2.5e20, '2.5E20'],
    ['1e-9', '1E-9'],
    ['inf', 'inf'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    ['2024-01-01', '2024-01-01'],
    ['', ''],
  ])('writes %s out of the data as %s', (value, text) => {
    expect(en.value(value)).toBe(text);
  });

  it('tells how long ago', () => {
    const now = Date.UTC(2026, 0, 10, 12);
    const ago = (seconds: number) => en.relative(new Date(now - seconds * 1000), now);
    expect(ago(3)).toBe('now');
    expect(ago(25)).toBe('20 seconds ago');
    expect(ago(60)).toBe('1 minute ago');
    expect(ago(3600 * 5)).toBe('5 hours ago');
    expect(ago(86_400)).toBe('yesterday');
    expect(zh.relative(new Date(now - 60_000), now)).toBe('1分钟前');
  });
});
