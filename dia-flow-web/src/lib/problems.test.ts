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

  it('are found without their parts, also several of them and with what they are about', () => {
    const busy =
      'All 3 workers for io are busy; 2 steps wait. Busy with: a of run r1 of daily for 3 s; 2 steps of other tenants.';
    expect(said({ message: busy }, 'zh')).toBe(
      'io 的 3 个工作进程全部忙碌；2 个步骤在等待。正在执行：流程 daily 的运行 r1 的 a（已 3 s）；其他租户的 2 个步骤。',
    );
    expect(said({ message: 'ask: Waits for a call, until 18:00 at most.' }, 'zh')).toBe(
      'ask：等待调用，最晚到 18:00。',
    );
    expect(said({ message: 'ask: Waits for an approval.' }, 'zh')).toBe('ask：等待审批。');
    expect(
      said(
        {
          message:
            'Line 1, column 12: The SQL cannot be understood at "frm". Look whether something there or just before is missing, misspelled or too much.',
        },
        'zh',
      ),
    ).toBe(
      '第 1 行第 12 列：SQL 在“frm”处无法理解。请检查该处或其前面是否有缺少、拼错或多余的内容。',
    );
    expect(
      said({ message: 'the column a is BIGINT, not VARCHAR; the column b is new (DATE)' }, 'zh'),
    ).toBe('列 a 的类型为 BIGINT，而不是 VARCHAR；列 b 是新列（DATE）');
    expect(said({ message: 'ask: Nobody knows this.' }, 'zh')).toBe('ask: Nobody knows this.');
  });

  it('have counts and words of their own in the language, too', () => {
    const told = (form: string, ...args: string[]) => ({
      message: form.replace(/{(\d)}/g, (_, n) => args[n] ?? ''),
      form,
      args,
    });
    expect(
      said(told('There is no node {0} in {1}{2}', '"b"', 'the flow', '; did you mean "a"?'), 'zh'),
    ).toBe('the flow 中没有节点 "b"；您是指 "a" 吗？');
    expect(
      said(told('The server refuses the user {0} with this {1}.', '"ada"', 'private key'), 'zh'),
    ).toBe('服务器拒绝用户 "ada" 使用此私钥登录。');
    expect(
      said(
        told(
          'Of {0} to be written, {1} left here and {2} arrived; nothing was kept.',
          '1 row',
          '1',
          '0',
        ),
        'zh',
      ),
    ).toBe('应写入 1 行，发送了 1、到达 0；没有保留任何内容。');
  });

  it('have the names of fields as they are called in the language', () => {
    const told = {
      message: 'File must be filled in.',
      form: '{0} must be filled in.',
      args: ['File'],
      labels: { File: '文件' },
    };
    expect(said(told, 'zh')).toBe('请填写：文件。');
    expect(said(told, 'en')).toBe('File must be filled in.');
    const whole = { message: 'Go.', form: '{0}', args: ['Go.'], labels: { 'Go.': '走。' } };
    expect(said(whole, 'zh')).toBe('走。');
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
