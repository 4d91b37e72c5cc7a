import { describe, expect, it } from 'vitest';
import { checkField } from '@/runs/params/values';
import { definitionsOf, readDecision, readQuestion } from './question';

describe('questions of approvals', () => {
  it('are read with whatever is missing left empty', () => {
    expect(readQuestion(null)).toEqual({
      title: '',
      message: '',
      assignees: [],
      escalateTo: [],
      form: [],
      data: {},
    });
    const question = readQuestion({
      title: 'Publish?',
      assignees: ['role:operator', 3],
      form: [{ name: 'amount', type: 'number' }, { type: 'string' }],
    });
    expect(question.assignees).toEqual(['role:operator']);
    expect(question.form.map((field) => field.name)).toEqual(['amount']);
  });

  it('need their required fields only to be approved', () => {
    const form = [{ name: 'amount', type: 'number' as const, required: true }, { name: 'note' }];
    const [approve, reject] = [definitionsOf(form, true), definitionsOf(form, false)];
    expect(approve.amount && checkField(approve.amount, '')).toBe('required');
    expect(reject.amount && checkField(reject.amount, '')).toBeUndefined();
    expect(approve.note?.type).toBe('string');
  });
});

describe('a decision', () => {
  it('says who decided, when and why', () => {
    const at = '2026-01-31T08:30:00Z';
    expect(readDecision({ rejected: { data: { by: 'ann', at, comment: 'no' } } })).toEqual({
      outcome: 'rejected',
      by: 'ann',
      at,
      comment: 'no',
    });
    expect(readDecision({ approved: { data: { by: 'deadline' } } })?.by).toBeUndefined();
    expect(readDecision(undefined)).toBeUndefined();
  });
});
