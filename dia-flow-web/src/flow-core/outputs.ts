import type { Port, Step, Text } from './types';

/** How many rows left a step by one output. */
export interface Count {
  port: string;
  title: Text;
  rows: number;
}

export interface Counts {
  /** Of each output that gave a table, as the type declares them. */
  all: Count[];
  /** The node can give several tables, so that a number alone would not say which. */
  named: boolean;
}

/** The names of a step's outputs as its node declares them; others come behind, by name. */
export function outputOrder(outputs: Readonly<Record<string, unknown>>, ports: readonly Port[]) {
  const rank = new Map(ports.map((port, i) => [port.name, i]));
  const at = (name: string) => rank.get(name) ?? ports.length;
  return Object.keys(outputs).sort((a, b) => at(a) - at(b) || (a < b ? -1 : 1));
}

/** Of what hands on no table, the rows that it wrote. */
export function rowCounts(step: Pick<Step, 'outputs' | 'details'>, ports: readonly Port[]): Counts {
  const outputs = step.outputs ?? {};
  const all = outputOrder(outputs, ports).flatMap((name): Count[] => {
    const rows = outputs[name]?.table?.rows;
    if (rows === undefined || rows < 0) return [];
    const title = ports.find((port) => port.name === name)?.title ?? { en: name, zh: name };
    return [{ port: name, title, rows }];
  });
  const written = all.length === 0 ? writtenRows(step) : undefined;
  if (written) return { all: [written], named: false };
  const tables = ports.filter((port) => port.kind === 'table' || port.kind === '');
  return { all, named: tables.length > 1 || all.length > 1 };
}

function writtenRows({ outputs, details }: Pick<Step, 'outputs' | 'details'>): Count | undefined {
  const said = outputs?.written?.data as { rows?: unknown } | null | undefined;
  const rows = said?.rows ?? details?.written_rows;
  if (typeof rows !== 'number') return undefined;
  return { port: 'written', title: { en: 'Written', zh: '写入' }, rows };
}
