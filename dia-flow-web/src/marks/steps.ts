import type { Mark } from '@/api';

/** What a step remembers, the latest first. */
export interface StepMarks {
  step: string;
  title?: string;
  /** It is not in the draft any more. */
  gone: boolean;
  marks: Mark[];
}

/** By step, in the order in which the marks are listed; columns of messages say nothing about how far a reading has come. */
export function bySteps(all: Mark[]): StepMarks[] {
  const steps = new Map<string, StepMarks>();
  for (const mark of all) {
    const known = steps.get(mark.step);
    if (known) known.marks.push(mark);
    else
      steps.set(mark.step, {
        step: mark.step,
        ...(mark.title ? { title: mark.title } : {}),
        gone: !mark.type,
        marks: [mark],
      });
  }
  return [...steps.values()].map((each) => {
    const told = each.marks.filter((mark) => mark.reads?.kind !== 'columns');
    return told.length > 0 ? { ...each, marks: told } : each;
  });
}

/** What nobody can put into words: the parts of it that say something. */
export function partsOf(subject: unknown): string {
  const parts = Array.isArray(subject) ? subject : [subject];
  return parts
    .map((part) => (typeof part === 'string' ? part : part == null ? '' : JSON.stringify(part)))
    .filter((part) => part !== '' && part !== '[]' && part !== '{}')
    .join(' · ');
}
