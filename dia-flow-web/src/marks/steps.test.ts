import { expect, it } from 'vitest';
import type { Mark } from '@/api';
import { bySteps, partsOf } from './steps';

const mark = (more: Partial<Mark>): Mark => ({
  step: 'read',
  subject: [],
  value: '5',
  run_id: 'r',
  at: '2026-01-01T00:00:00Z',
  ...more,
});
const topic = { kind: 'topic', connection: 'events', name: 'orders' } as const;

it('puts what a step reads together', () => {
  const steps = bySteps([
    mark({ step: 'a', type: 'sql.read', title: 'Orders', value: '2' }),
    mark({ step: 'a', type: 'sql.read', title: 'Orders', value: '1' }),
    mark({ step: 'b' }),
  ]);
  expect(steps.map((each) => [each.step, each.title, each.gone, each.marks.length])).toEqual([
    ['a', 'Orders', false, 2],
    ['b', undefined, true, 1],
  ]);
});

it('shows the columns of messages only where there is nothing else', () => {
  const columns = mark({ type: 'message.read', reads: { ...topic, kind: 'columns' } });
  const position = mark({ type: 'message.read', reads: topic });
  expect(bySteps([columns, position])[0]?.marks).toEqual([position]);
  expect(bySteps([columns])[0]?.marks).toEqual([columns]);
});

it('says what nobody can put into words', () => {
  expect(partsOf(['', 'src', null, [], ['EU'], 'sqlite shop.db'])).toBe(
    'src · ["EU"] · sqlite shop.db',
  );
});
