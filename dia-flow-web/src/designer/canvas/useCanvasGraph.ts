import {
  applyNodeChanges,
  type NodeChange,
  type Edge as RfEdge,
  type Node as RfNode,
} from '@xyflow/react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import {
  AFTER,
  allEdges,
  CARD,
  defaultOutput,
  moveNodes,
  outputPorts,
  type Position,
  positions,
} from '@/flow-core';
import { findNode, useDesigner, useDesignerStore, useDocument } from '../state/context';
import type { FlowEdgeData } from './FlowEdge';

/** The document as React Flow's nodes. A drag lives here until it ends and becomes one edit. */
export function useCanvasNodes() {
  const store = useDesignerStore();
  const doc = useDocument();
  const selection = useDesigner((s) => s.selection);
  const [nodes, setNodes] = useState<RfNode[]>([]);

  useEffect(() => {
    const at = positions(doc);
    const selected = new Set(selection);
    setNodes((old) => {
      const known = new Map(old.map((node) => [node.id, node]));
      return doc.spec.nodes.map((node) => {
        const [x, y] = at[node.id] ?? [0, 0];
        const before = known.get(node.id);
        const isSelected = selected.has(node.id);
        if (!before) {
          return {
            id: node.id,
            type: 'card',
            position: { x, y },
            data: {},
            selected: isSelected,
            initialWidth: CARD.width,
            initialHeight: CARD.height,
          };
        }
        const same =
          before.position.x === x && before.position.y === y && before.selected === isSelected;
        return same ? before : { ...before, position: { x, y }, selected: isSelected };
      });
    });
  }, [doc, selection]);

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
      const moved: Record<string, Position> = {};
      for (const change of changes) {
        if (change.type === 'position' && change.dragging === false && change.position) {
          moved[change.id] = [change.position.x, change.position.y];
        }
      }
      if (Object.keys(moved).length > 0) store.getState().edit(moveNodes(moved));
    },
    [store],
  );

  return { nodes, onNodesChange };
}

export function useCanvasEdges(): RfEdge[] {
  const doc = useDocument();
  const types = useDesigner((s) => s.types);
  const analysis = useDesigner((s) => s.analysis);
  const selected = useDesigner((s) => s.edge);
  const edges = useMemo(
    () =>
      allEdges(doc).flatMap((edge): RfEdge[] => {
        const source = findNode(doc, edge.source);
        if (!source) return [];
        const ports = outputPorts(source, types.get(source.type), analysis);
        const port = edge.sourcePort || defaultOutput(ports);
        const data: FlowEdgeData = { waits: edge.waits, port };
        return [
          {
            id: edge.id,
            type: 'flow',
            source: edge.source,
            target: edge.target,
            sourceHandle: port,
            targetHandle: edge.waits ? AFTER : edge.targetPort,
            data,
          },
        ];
      }),
    [doc, types, analysis],
  );
  return useMemo(
    () => edges.map((edge) => (edge.id === selected ? { ...edge, selected: true } : edge)),
    [edges, selected],
  );
}
