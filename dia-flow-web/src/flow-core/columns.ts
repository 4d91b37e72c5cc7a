import { parseSource, sourceList } from './graph';
import { defaultOutput, outputPorts, type TypeIndex } from './ports';
import { nodeById } from './tree';
import type { Analysis, Column, FlowDocument, Step } from './types';

export interface KnownColumns {
  port: string;
  source: string;
  columns: Column[];
}

/** What is known of the outputs: the analysis first, then what the last run gave. */
export interface Knowledge {
  analysis?: Analysis | null;
  steps?: Record<string, Step>;
  types: TypeIndex;
}

export function columnsOf(
  doc: FlowDocument,
  source: string,
  known: Knowledge,
): Column[] | undefined {
  const ref = parseSource(source);
  const node = nodeById(doc, ref.node);
  if (!node) return undefined;
  const ports = outputPorts(node, known.types.get(node.type), known.analysis);
  const port = ref.port || defaultOutput(ports);
  const analysed = known.analysis?.nodes?.[ref.node]?.columns?.[port];
  if (analysed && analysed.length > 0) return analysed;
  return known.steps?.[ref.node]?.outputs?.[port]?.table?.columns;
}

/** The columns at each connected input of a node. */
export function inputColumns(doc: FlowDocument, id: string, known: Knowledge): KnownColumns[] {
  const node = nodeById(doc, id);
  return Object.entries(node?.in ?? {}).flatMap(([port, sources]) =>
    sourceList(sources).flatMap((source) => {
      const columns = columnsOf(doc, source, known);
      return columns ? [{ port, source, columns }] : [];
    }),
  );
}
