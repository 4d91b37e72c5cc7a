import { findCycle, nodeById, parseSource, sourceList } from './graph';
import type { TypeIndex } from './ports';
import { fieldsOf, isEmptyValue } from './schema';
import type { Analysis, FlowDocument, FlowNode, Problem } from './types';

/** What can be seen at once, without asking the server. The server's analysis replaces it when it arrives. */
export function quickProblems(doc: FlowDocument, types: TypeIndex): Problem[] {
  const problems = doc.spec.nodes.flatMap((node) => nodeProblems(doc, node, types));
  const cycle = findCycle(doc);
  const first = cycle[0];
  if (first) {
    problems.push(
      problem('cycle', `${cycle.join(' → ')} → ${first} goes round in a circle.`, first),
    );
  }
  return problems;
}

function problem(code: string, message: string, node: string, field?: string): Problem {
  return { severity: 'error', code, message, node, ...(field ? { field } : {}) };
}

function nodeProblems(doc: FlowDocument, node: FlowNode, types: TypeIndex): Problem[] {
  const found: Problem[] = [];
  const type = types.get(node.type);
  if (!type) {
    return types.size > 0
      ? [problem('unknown_type', `There is no node type ${node.type}.`, node.id, 'type')]
      : [];
  }
  for (const port of type.inputs ?? []) {
    if (port.required && sourceList(node.in?.[port.name]).length === 0) {
      found.push(
        problem(
          'input_missing',
          `Connect something to the input ${port.name}.`,
          node.id,
          `in.${port.name}`,
        ),
      );
    }
  }
  for (const [port, sources] of Object.entries(node.in ?? {})) {
    for (const text of sourceList(sources)) {
      const { node: id } = parseSource(text);
      if (!nodeById(doc, id)) {
        found.push(problem('unknown_node', `There is no node ${id}.`, node.id, `in.${port}`));
      }
    }
  }
  for (const field of fieldsOf(type.config)) {
    if (field.required && isEmptyValue(node.with?.[field.name])) {
      found.push(
        problem('required', `${field.title.en} is required.`, node.id, `with.${field.name}`),
      );
    }
  }
  return found;
}

/**
 * The problems to show: the server's, as far as they speak of nodes that are still as they were analysed, and the quick
 * ones for what has changed since.
 */
export function mergeProblems(
  doc: FlowDocument,
  types: TypeIndex,
  analysis: Analysis | null | undefined,
  analysed: FlowDocument | null | undefined,
): Problem[] {
  if (!analysis || !analysed) return quickProblems(doc, types);
  if (analysed === doc) return analysis.problems ?? [];
  const before = new Map(analysed.spec.nodes.map((node) => [node.id, node]));
  const same = new Set(
    doc.spec.nodes.filter((node) => before.get(node.id) === node).map((node) => node.id),
  );
  const kept = (analysis.problems ?? []).filter((p) => !p.node || same.has(p.node));
  const fresh = quickProblems(doc, types).filter((p) => !p.node || !same.has(p.node));
  return [...kept, ...fresh];
}

export function problemsByNode(problems: readonly Problem[]): Map<string, Problem[]> {
  const byNode = new Map<string, Problem[]>();
  for (const item of problems) {
    if (!item.node) continue;
    const list = byNode.get(item.node);
    if (list) list.push(item);
    else byNode.set(item.node, [item]);
  }
  return byNode;
}
