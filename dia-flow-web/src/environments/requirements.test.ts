import { describe, expect, it } from 'vitest';
import { environmentName, linesOf, packagesOf } from './requirements';

describe('requirements', () => {
  it('keeps lines, so that errors name the right one', () => {
    expect(linesOf('a>1  \n\n# why\nb\n\n')).toEqual(['a>1', '', '# why', 'b']);
    expect(linesOf('')).toEqual([]);
  });

  it('tells packages from comments', () => {
    expect(packagesOf(['a>1  # for x', '', ' # no', 'b[c]==2'])).toEqual(['a>1', 'b[c]==2']);
  });

  it('knows names', () => {
    for (const name of ['a', 'nightly-report-2']) expect(name).toMatch(environmentName);
    for (const name of ['', '-a', 'a-', 'A', 'a_b', 'a@1', 'x'.repeat(64)]) {
      expect(name).not.toMatch(environmentName);
    }
  });
});
