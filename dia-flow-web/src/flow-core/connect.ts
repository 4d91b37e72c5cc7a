import {
  addNodes,
  type Edit,
  packSources,
  setAfter,
  setIn,
  setNodeField,
  withNode,
  withSpec,
} from './edits';
import { allEdges, type Edge, edgeId, formatSource, sourceList, waitId } from './graph';
import { freeId } from './ids';
import {
  AFTER,
  type ConnectionAttempt,
  NEW_INPUT,
  outputPorts,
  RESULT,
  sourceText,
  type TypeIndex,
} from './ports';
import { mainParameters } from './python';
import { bodyOfNode, ITEM, mapTree, nodeById } from './tree';
import type { Analysis, FlowDocument, FlowNode, Position } from './types';

export function connect(
  attempt: ConnectionAttempt,
  types: TypeIndex,
  analysis?: Analysis | null,
): Edit {
  return {
    label: 'connect',
    apply: (doc) => {
      const target = nodeById(doc, attempt.target);
      if (!target) return doc;
      if (attempt.item) return feed(doc, target, attempt.targetPort, ITEM, ITEM, types);
      const source = nodeById(doc, attempt.source);
      if (!source) return doc;
      const outputs = outputPorts(source, types.get(source.type), analysis);
      const text = sourceText(source, attempt.sourcePort, outputs);
      if (attempt.targetPort === RESULT) return setResult(target.id, text).apply(doc);
      if (attempt.targetPort === AFTER) {
        return withNode(doc, target.id, (node) =>
          setAfter(node, [...(node.after ?? []), source.id]),
        );
      }
      return feed(doc, target, attempt.targetPort, text, source.id, types);
    },
  };
}

/** Makes a source feed a port; a new input is named after `like`. */
function feed(
  doc: FlowDocument,
  target: FlowNode,
  wanted: string,
  text: string,
  like: string,
  types: TypeIndex,
): FlowDocument {
  const port = wanted === NEW_INPUT ? freeInput(target, like) : wanted;
  const many = types.get(target.type)?.inputs?.find((p) => p.name === port)?.many ?? false;
  const sources = many ? [...sourceList(target.in?.[port]), text] : [text];
  return withNode(doc, target.id, (node) => ({
    ...node,
    in: { ...node.in, [port]: packSources(sources) },
  }));
}

/** Says which node of a container's body, or which of its outputs, is what an instance gives. */
export function setResult(container: string, source: string | undefined): Edit {
  return setNodeField(container, ['with', 'result'], source);
}

const RESULT_EDGE = 'result:';

/** Under which id the canvas shows what an instance of a container's body gives. */
export function resultEdgeId(container: string): string {
  return RESULT_EDGE + container;
}

/** Removes an edge of whichever kind by its id. */
export function cutEdge(doc: FlowDocument, id: string): Edit {
  return id.startsWith(RESULT_EDGE)
    ? setResult(id.slice(RESULT_EDGE.length), undefined)
    : disconnect(allEdges(doc).filter((edge) => edge.id === id));
}

/** A new input feeds the first parameter of main() that nothing feeds yet, else it is named after its source. */
function freeInput(node: FlowNode, source: string): string {
  const args = node.with?.args;
  const taken = [
    ...Object.keys(node.in ?? {}),
    ...(args !== null && typeof args === 'object' ? Object.keys(args) : []),
  ];
  const unfed = mainParameters(node.with?.code).find((name) => !taken.includes(name));
  return unfed ?? freeId(taken, source);
}

export function disconnect(edges: readonly Edge[]): Edit {
  const ids = new Set(edges.map((edge) => edge.id));
  return {
    label: 'disconnect',
    apply: (doc) => {
      const nodes = mapTree(doc.spec.nodes, (node) => {
        const after = node.after?.filter((id) => !ids.has(waitId(id, node.id)));
        const waited = after && after.length !== node.after?.length ? setAfter(node, after) : node;
        let input = waited.in;
        for (const port of Object.keys(waited.in ?? {})) {
          const list = sourceList(input?.[port]);
          const kept = list.filter((text) => {
            const [id = text, ...rest] = text.split('.');
            return !ids.has(edgeId({ node: id, port: rest.join('.') }, { node: node.id, port }));
          });
          if (kept.length === list.length) continue;
          const { [port]: _, ...rest } = input ?? {};
          input = kept.length > 0 ? { ...rest, [port]: packSources(kept) } : rest;
        }
        if (input === waited.in) return waited;
        return setIn(waited, input && Object.keys(input).length > 0 ? input : undefined);
      });
      return withSpec(doc, { nodes });
    },
  };
}

/** Puts a new node between the two ends of an edge. */
export function insertOnEdge(
  edge: Edge,
  node: FlowNode,
  position: Position,
  ports: { input: string; output: string },
  types: TypeIndex,
): Edit {
  const from = formatSource({ node: edge.source, port: edge.sourcePort });
  return {
    label: 'insert',
    apply: (doc) => {
      const input = ports.input === NEW_INPUT ? freeInput(node, edge.source) : ports.input;
      const inserted: FlowNode = { ...node, in: { ...node.in, [input]: from } };
      const body = bodyOfNode(doc, edge.target);
      const placed = addNodes([inserted], { [node.id]: position }, 'insert', body).apply(doc);
      const text = sourceText(inserted, ports.output, outputPorts(inserted, types.get(node.type)));
      return withNode(placed, edge.target, (target) => {
        const sources = sourceList(target.in?.[edge.targetPort]);
        const next = sources.map((s) => (s === from ? text : s));
        return { ...target, in: { ...target.in, [edge.targetPort]: packSources(next) } };
      });
    },
  };
}
