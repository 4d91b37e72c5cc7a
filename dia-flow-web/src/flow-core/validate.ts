import { said } from '@/lib/problems';
import { findCycle, parseSource, sourceList } from './graph';
import type { TypeIndex } from './ports';
import { fieldsOf, isEmptyValue } from './schema';
import { resultOf, visibleFrom } from './scope';
import { BODY_FIELDS, bodyOf, indexOf, isContainer } from './tree';
import type { Analysis, FlowDocument, FlowNode, Problem } from './types';

/** What can be seen at once, without asking the server. The server's analysis replaces it when it arrives. */
export function quickProblems(doc: FlowDocument, types: TypeIndex): Problem[] {
  const problems = [...indexOf(doc).values()].flatMap(({ node }) => nodeProblems(doc, node, types));
  for (const id of doubles(doc.spec.nodes)) {
    problems.push(
      problem(
        'node_duplicate',
        `There are two nodes with the id ${id}; rename one.`,
        `有两个节点的 id 为 ${id}；请重命名其中一个。`,
        id,
        'id',
      ),
    );
  }
  const cycle = findCycle(doc);
  const first = cycle[0];
  if (first) {
    problems.push(
      problem(
        'cycle',
        `${cycle.join(' → ')} → ${first} goes round in a circle.`,
        `${cycle.join(' → ')} → ${first} 形成循环。`,
        first,
      ),
    );
  }
  return problems;
}

/** Ids that stand at more than one node, in whichever body. */
function doubles(nodes: readonly FlowNode[]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  const visit = (level: readonly FlowNode[]) => {
    for (const node of level) {
      if (seen.has(node.id)) twice.add(node.id);
      seen.add(node.id);
      for (const field of BODY_FIELDS) visit(bodyOf(node, field));
    }
  };
  visit(nodes);
  return twice;
}

function problem(
  code: string,
  message: string,
  message_zh: string,
  node: string,
  field?: string,
): Problem {
  return { severity: 'error', code, message, message_zh, node, ...(field ? { field } : {}) };
}

function nodeProblems(doc: FlowDocument, node: FlowNode, types: TypeIndex): Problem[] {
  const found: Problem[] = [];
  const type = types.get(node.type);
  if (!type) {
    return types.size > 0
      ? [
          problem(
            'unknown_type',
            `There is no node type ${node.type}.`,
            `没有节点类型 ${node.type}。`,
            node.id,
            'type',
          ),
        ]
      : [];
  }
  for (const port of type.inputs ?? []) {
    if (port.required && sourceList(node.in?.[port.name]).length === 0) {
      found.push(
        problem(
          'input_missing',
          `Connect something to the input ${port.name}.`,
          `请连接输入 ${port.name}。`,
          node.id,
          `in.${port.name}`,
        ),
      );
    }
  }
  found.push(...unseenSources(doc, node));
  if (isContainer(node)) found.push(...containerProblems(node));
  for (const field of fieldsOf(type.config)) {
    if (field.required && isEmptyValue(node.with?.[field.name])) {
      found.push(
        problem(
          'required',
          `${field.title.en} must be filled in.`,
          `请填写“${field.title.zh}”。`,
          node.id,
          `with.${field.name}`,
        ),
      );
    }
  }
  return found;
}

function unseenSources(doc: FlowDocument, node: FlowNode): Problem[] {
  const named = Object.entries(node.in ?? {}).flatMap(([port, sources]) =>
    sourceList(sources).map((text) => ({ id: parseSource(text).node, field: `in.${port}` })),
  );
  (node.after ?? []).forEach((id, i) => {
    named.push({ id, field: `after[${i}]` });
  });
  if (named.length === 0) return [];
  const seen = visibleFrom(doc, node.id);
  return named.flatMap(({ id, field }) => {
    if (seen.has(id) || id === node.id) return [];
    return indexOf(doc).has(id)
      ? [
          problem(
            'unseen_node',
            `The node ${id} cannot be seen from here.`,
            `从此处看不到节点 ${id}。`,
            node.id,
            field,
          ),
        ]
      : [problem('unknown_node', `There is no node ${id}.`, `没有节点 ${id}。`, node.id, field)];
  });
}

function containerProblems(node: FlowNode): Problem[] {
  if (bodyOf(node, 'nodes').length === 0) {
    return [
      problem(
        'body_empty',
        'Put at least one node into it.',
        '请至少放入一个节点。',
        node.id,
        'nodes',
      ),
    ];
  }
  const named = node.with?.result;
  if (typeof named === 'string' && named && !named.includes('{{') && !resultOf(node)) {
    return [
      problem(
        'result',
        `The result ${named} is no node of the body.`,
        `结果 ${named} 不是其中的节点。`,
        node.id,
        'with.result',
      ),
    ];
  }
  return [];
}

/** What a problem says in a language. */
export function saidIn(language: string, problem: Problem): string {
  return (language === 'zh' && problem.message_zh) || said(problem, language);
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
  const before = indexOf(analysed);
  const same = new Set(
    [...indexOf(doc).values()]
      .filter(({ node }) => isAsBefore(node, before.get(node.id)?.node))
      .map(({ node }) => node.id),
  );
  const kept = (analysis.problems ?? []).filter((p) => !p.node || same.has(p.node));
  const fresh = quickProblems(doc, types).filter((p) => !p.node || !same.has(p.node));
  return [...kept, ...fresh];
}

/** Whether nothing of a node has changed, but for what is in it. */
function isAsBefore(node: FlowNode, before: FlowNode | undefined): boolean {
  if (node === before) return true;
  if (!before || !isContainer(node)) return false;
  const keys = new Set([...Object.keys(node), ...Object.keys(before)] as (keyof FlowNode)[]);
  for (const field of BODY_FIELDS) {
    if ((bodyOf(node, field).length === 0) !== (bodyOf(before, field).length === 0)) return false;
    keys.delete(field);
  }
  return [...keys].every((key) => node[key] === before[key]);
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
