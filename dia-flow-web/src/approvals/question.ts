import type { FlowParam } from '@/api';
import type { Definitions } from '@/runs/params/values';

/** What an approval asks, as its node wrote it. */
export interface Question {
  title: string;
  message: string;
  assignees: string[];
  escalateTo: string[];
  form: FormField[];
  data: Record<string, unknown>;
}

export interface FormField {
  name: string;
  type?: FlowParam['type'];
  title?: string;
  required?: boolean;
}

/** Reads a question; parts that are missing are empty. */
export function readQuestion(raw: unknown): Question {
  const object = isObject(raw) ? raw : {};
  const texts = (value: unknown) =>
    Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
  return {
    title: typeof object.title === 'string' ? object.title : '',
    message: typeof object.message === 'string' ? object.message : '',
    assignees: texts(object.assignees),
    escalateTo: texts(object.escalate_to),
    form: (Array.isArray(object.form) ? object.form : []).filter(
      (field): field is FormField => isObject(field) && typeof field.name === 'string',
    ),
    data: isObject(object.data) ? object.data : {},
  };
}

/** What was decided, as the node gave it. */
export interface Decision {
  outcome: 'approved' | 'rejected';
  /** Undefined where nobody decided before the deadline. */
  by: string | undefined;
  at: string | undefined;
  comment: string;
}

/** Reads the decision out of what an approval gave; undefined while there is none. */
export function readDecision(outputs: Record<string, { data?: unknown }> | undefined) {
  for (const outcome of ['approved', 'rejected'] as const) {
    const data = outputs?.[outcome]?.data;
    if (!isObject(data) || typeof data.by !== 'string') continue;
    const decision: Decision = {
      outcome,
      by: data.by === 'deadline' ? undefined : data.by,
      at: typeof data.at === 'string' ? data.at : undefined,
      comment: typeof data.comment === 'string' ? data.comment : '',
    };
    return decision;
  }
  return undefined;
}

/** The form as parameters; what is required is required only to approve. */
export function definitionsOf(form: readonly FormField[], approves: boolean): Definitions {
  return Object.fromEntries(
    form.map((field): [string, FlowParam] => [
      field.name,
      {
        type: field.type || 'string',
        title: field.title,
        required: approves && (field.required ?? false),
      },
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
