import { getArtifactJSON, listRows } from '@/api/artifacts';
import { PIN_MAX, PIN_ROWS, rowsAsObjects, type Step, type Value } from '@/flow-core';

/** Why an output cannot be pinned. */
export class UnpinnableError extends Error {
  readonly reason: 'file' | 'size';

  constructor(reason: 'file' | 'size') {
    super(`unpinnable: ${reason}`);
    this.reason = reason;
  }
}

interface Pinned {
  pin: Record<string, unknown>;
  /** The number of rows that were kept where a table had more. */
  cut: number;
}

/** What a step gave, as it can be written into the document. */
export async function pinOfStep(step: Step): Promise<Pinned> {
  const pin: Record<string, unknown> = {};
  let cut = 0;
  for (const [port, value] of Object.entries(step.outputs ?? {})) {
    pin[port] = await dataOf(value);
    if ((value.table?.rows ?? 0) > PIN_ROWS) cut = PIN_ROWS;
  }
  if (JSON.stringify(pin).length > PIN_MAX) throw new UnpinnableError('size');
  return { pin, cut };
}

async function dataOf(value: Value): Promise<unknown> {
  if (value.kind === 'file') throw new UnpinnableError('file');
  if (!value.artifact) return value.data;
  if (value.kind === 'table') {
    const page = await listRows(value.artifact.id, { offset: 0, limit: PIN_ROWS });
    return rowsAsObjects(page.columns, page.rows);
  }
  if (value.artifact.size > PIN_MAX) throw new UnpinnableError('size');
  return getArtifactJSON(value.artifact.id);
}
