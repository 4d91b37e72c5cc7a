import {
  type Analysis,
  type FlowDocument,
  fittingInput,
  fittingOutput,
  inputPorts,
  kindsFit,
  type NodeType,
  nodeById,
  outputPorts,
  type TypeIndex,
} from '@/flow-core';
import type { PickerRequest } from '../state/store';
import { FAMILIES, familyOf } from './families';

/** How well the query as a whole is a type's title or name: who types one to its end means that type and no longer one. */
function asWhole(type: NodeType, query: string): number {
  const called = [type.doc.title.en, type.doc.title.zh, type.name].map((s) => s.toLowerCase());
  if (called.includes(query)) return 100;
  return called.some((s) => s.startsWith(query)) ? 10 : 0;
}

/** Types whose name, title, summary or keywords hold every word; better matches first. */
export function searchTypes(types: readonly NodeType[], query: string): NodeType[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...types];
  const scored = types.flatMap((type) => {
    const title = `${type.doc.title.en} ${type.doc.title.zh}`.toLowerCase();
    const rest = [type.name, type.doc.summary.en, type.doc.summary.zh, ...(type.doc.keywords ?? [])]
      .join(' ')
      .toLowerCase();
    let score = asWhole(type, words.join(' '));
    for (const word of words) {
      if (title.startsWith(word)) score += 5;
      else if (title.includes(word)) score += 4;
      else if (type.name.includes(word)) score += 3;
      else if (rest.includes(word)) score += 1;
      else return [];
    }
    return [{ type, score }];
  });
  return scored.sort((a, b) => b.score - a.score).map(({ type }) => type);
}

export interface Group {
  family: string;
  types: NodeType[];
}

export function groupTypes(types: readonly NodeType[]): Group[] {
  const groups = new Map<string, NodeType[]>();
  for (const type of types) {
    const family = familyOf(type, type.name);
    groups.set(family, [...(groups.get(family) ?? []), type]);
  }
  const rank = (family: string) => {
    const at = (FAMILIES as readonly string[]).indexOf(family);
    return at < 0 ? FAMILIES.length : at;
  };
  return [...groups.entries()]
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([family, list]) => ({ family, types: list }));
}

/** The types that fit the place where the picker was opened. */
export function typesThatFit(
  types: readonly NodeType[],
  request: PickerRequest,
  doc: FlowDocument,
  index: TypeIndex,
  analysis: Analysis | null,
): NodeType[] {
  const { from } = request;
  if (!from) return [...types];
  if (from.item) return types.filter((t) => fittingInput(t, '') !== undefined);
  const node = nodeById(doc, from.node);
  if (!node) return [...types];
  const type = index.get(node.type);
  if (from.side === 'source') {
    const kind = outputPorts(node, type, analysis).find((p) => p.name === from.port)?.kind ?? '';
    const exact = (t: NodeType) => (t.inputs ?? []).some((p) => p.kind === kind && kind !== '');
    return types
      .filter((t) => fittingInput(t, kind) !== undefined)
      .filter((t) => !request.edge || (t.outputs ?? []).length > 0)
      .sort((a, b) => Number(exact(b)) - Number(exact(a)));
  }
  const kind = inputPorts(node, type).find((p) => p.name === from.port)?.kind ?? '';
  return types.filter(
    (t) =>
      fittingOutput(t, kind) !== undefined && (t.outputs ?? []).some((p) => kindsFit(p.kind, kind)),
  );
}
