import i18next from 'i18next';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '@/api';
import { loadProblems, said, saidHint } from './problems';

const missing = {
  message: 'There is no connection "shop".',
  form: 'There is no connection {0}.',
  args: ['"shop"'],
};

describe('messages of the server', () => {
  beforeAll(() => loadProblems('zh'));
  afterAll(() => i18next.changeLanguage('en'));

  it('are said in Chinese with their parts', () => {
    expect(said(missing, 'zh')).toBe('没有连接 "shop"。');
    expect(said({ message: 'This field is required.' }, 'zh')).toBe('此字段必填。');
    expect(
      saidHint(
        { hint: 'Did you mean "a"?', hint_form: 'Did you mean "{0}"?', hint_args: ['a'] },
        'zh',
      ),
    ).toBe('您是指“a”吗？');
  });

  it('stay as they are in English, and where nobody knows them', () => {
    expect(said(missing, 'en')).toBe(missing.message);
    expect(said({ message: 'Quite new.' }, 'zh')).toBe('Quite new.');
    expect(said({ message: 'constructor' }, 'zh')).toBe('constructor');
    expect(saidHint({}, 'zh')).toBeUndefined();
  });

  it('stay as they are when something was put before them, which their parts do not say', () => {
    const changed = { ...missing, message: `Item 3: ${missing.message}` };
    expect(said(changed, 'zh')).toBe(changed.message);
  });

  it('are found within others', () => {
    const outer = (inner: string) => ({
      message: `Step "a" failed: ${inner}`,
      form: 'Step {0} failed: {1}',
      args: ['"a"', inner],
    });
    expect(said(outer('There is no table "t".'), 'zh')).toBe('步骤 "a" 失败：没有表 "t"。');
    expect(said(outer('EOF'), 'zh')).toBe('步骤 "a" 失败：EOF');
    expect(said(outer('The disk is full; make room and try again.'), 'zh')).toBe(
      '步骤 "a" 失败：磁盘已满；请腾出空间后重试。',
    );
  });

  it('follow the language, also those of requests that have failed already', async () => {
    const error = new ApiError(404, {
      detail: missing.message,
      form: missing.form,
      args: missing.args,
      hint: 'Try again.',
      errors: [{ message: missing.message, form: missing.form, args: missing.args, field: 'name' }],
    });
    expect(error.message).toBe(missing.message);
    expect(String(error)).toContain(missing.message);
    await i18next.changeLanguage('zh');
    expect(error.message).toBe('没有连接 "shop"。');
    expect(error.hint).toBe('请重试。');
    expect(error.byField()).toEqual({ name: '没有连接 "shop"。' });
  });
});
