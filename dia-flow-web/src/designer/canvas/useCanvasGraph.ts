import {
  applyNodeChanges,
  type NodeChange,
  type Edge as RfEdge,
  type Node as RfNode,
} from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import {
  type Box,
  boxes,
  CARD,
  type FlowDocument,
  type FlowNode,
  moveNodes,
  type Position,
  type Section,
  type TypeIndex,
  toBody,
} from '@/flow-core';
import { useDesigner, useDesignerStore, useDocument } from '../state/context';
import type { DesignerState } from '../state/store';
import { canvasEdges } from './canvasEdges';
import { heightWith, portRows } from './handles';

export interface ContainerData extends Record<string, unknown> {
  sections: Section[];
  least: { width: number; height: number };
}

/** Height of a plain node's card with room for the line that a run adds. */
export function cardHeight(node: FlowNode, types: TypeIndex): number {
  return heightWith(portRows(node, types.get(node.type))) + CARD.foot;
}

/** Where everything is drawn; the same map as long as nothing moved. */
export function useBoxes(): Map<string, Box> {
  const doc = useDocument();
  const types = useDesigner((s) => s.types);
  const folded = useDesigner((s) => s.folded);
  return useMemo(() => boxesOf({ types, folded }, doc), [doc, types, folded]);
}

export function boxesOf(
  state: Pick<DesignerState, 'types' | 'folded'>,
  doc: FlowDocument,
): Map<string, Box> {
  return boxes(doc, {
    folded: state.folded,
    heightOf: (node) => cardHeight(node, state.types),
  });
}

/** The document as React Flow's nodes. A drag lives here until it ends and becomes one edit. */
export function useCanvasNodes() {
  const store = useDesignerStore();
  const all = useBoxes();
  const selection = useDesigner((s) => s.selection);
  const [nodes, setNodes] = useState<RfNode[]>([]);
  /** A drag by pointer becomes an edit where it ends; a move by arrow keys does at once. */
  const dragging = useRef(false);

  useEffect(() => {
    const selected = new Set(selection);
    setNodes((old) => {
      const known = new Map(old.map((node) => [node.id, node]));
      return [...all].map(([id, box]) => canvasNode(id, box, known.get(id), selected.has(id)));
    });
  }, [all, selection]);

  const onNodesChange = useCallback(
    (changes: NodeChange[]) => {
      setNodes((old) => applyNodeChanges(changes, old));
      const picked = changes.filter((change) => change.type === 'select');
      if (picked.length > 0) {
        const { selection, select, edge } = store.getState();
        const next = new Set(selection);
        for (const change of picked) {
          if (change.selected) next.add(change.id);
          else next.delete(change.id);
        }
        select([...next], next.size > 0 ? null : edge);
      }
      const moved = dragging.current ? {} : movedNodes(changes);
      if (Object.keys(moved).length > 0) {
        const { edit, history } = store.getState();
        edit(moveNodes(inBodies(boxesOf(store.getState(), history.document), moved)));
      }
    },
    [store],
  );

  return { nodes, onNodesChange, all, dragging };
}

function canvasNode(id: string, box: Box, before: RfNode | undefined, selected: boolean): RfNode {
  const { x, y, width, height } = box;
  const open = box.sections.length > 0;
  const type = open ? 'container' : 'card';
  const data = before?.type === type ? before.data : {};
  const sameSections =
    !open ||
    (before?.width === width &&
      before.height === height &&
      JSON.stringify(data.sections) === JSON.stringify(box.sections));
  const parent = box.body?.container;
  if (
    before?.type === type &&
    before.parentId === parent &&
    before.position.x === x &&
    before.position.y === y &&
    before.selected === selected &&
    sameSections
  ) {
    return before;
  }
  const size = open
    ? { width, height, data: { sections: box.sections, least: box.least } satisfies ContainerData }
    : { initialWidth: CARD.width, initialHeight: CARD.height, data };
  const kept = before?.type === type && before.parentId === parent ? before : {};
  return {
    ...kept,
    id,
    type,
    position: { x, y },
    selected,
    ...(parent ? { parentId: parent } : { parentId: undefined }),
    ...size,
  };
}

/** What was moved, and where it stands relative to its container. */
function movedNodes(changes: readonly NodeChange[]): Record<string, Position> {
  const moved: Record<string, Position> = {};
  for (const change of changes) {
    if (change.type === 'position' && change.dragging === false && change.position) {
      moved[change.id] = [change.position.x, change.position.y];
    }
  }
  return moved;
}

/** Positions relative to containers as the document writes them, relative to bodies. */
function inBodies(
  all: ReadonlyMap<string, Box>,
  moved: Record<string, Position>,
): Record<string, Position> {
  return Object.fromEntries(
    Object.entries(moved).map(([id, [x, y]]) => {
      const body = all.get(id)?.body ?? null;
      const around = body ? all.get(body.container) : undefined;
      return [id, toBody(all, body, [x + (around?.left ?? 0), y + (around?.top ?? 0)])];
    }),
  );
}

export function useCanvasEdges(): RfEdge[] {
  const doc = useDocument();
  const types = useDesigner((s) => s.types);
  const analysis = useDesigner((s) => s.analysis);
  const folded = useDesigner((s) => s.folded);
  const selected = useDesigner((s) => s.edge);
  const edges = useMemo(
    () => canvasEdges(doc, { types, analysis, folded }),
    [doc, types, analysis, folded],
  );
  return useMemo(
    () => edges.map((edge) => (edge.id === selected ? { ...edge, selected: true } : edge)),
    [edges, selected],
  );
}
