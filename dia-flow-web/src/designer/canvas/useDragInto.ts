import { type Node as RfNode, useReactFlow } from '@xyflow/react';
import { type MouseEvent as ReactMouseEvent, type RefObject, useCallback } from 'react';
import {
  type BodyRef,
  type Box,
  bodyAt,
  bodyOfNode,
  idsWithin,
  moveInto,
  moveNodes,
  nodeById,
  type Position,
  sameBody,
  toBody,
} from '@/flow-core';
import { useDesignerStore } from '../state/context';

/** Nodes dragged into a container become part of it, and those dragged out of it leave it, as one edit. */
export function useDragInto(all: ReadonlyMap<string, Box>, dragging: RefObject<boolean>) {
  const store = useDesignerStore();
  const flow = useReactFlow();

  const body = useCallback(
    (at: Position, moving: readonly RfNode[] = []): BodyRef | null => {
      const doc = store.getState().history.document;
      const own = moving.flatMap(({ id }) => {
        const node = nodeById(doc, id);
        return node ? [id, ...idsWithin(node)] : [];
      });
      return bodyAt(all, at, new Set(own));
    },
    [store, all],
  );

  const under = useCallback(
    (event: Pointer, moving: readonly RfNode[]): BodyRef | null => {
      const point = 'changedTouches' in event ? event.changedTouches[0] : event;
      if (!point) return null;
      const at = flow.screenToFlowPosition(
        { x: point.clientX, y: point.clientY },
        { snapToGrid: false },
      );
      return body([at.x, at.y], moving);
    },
    [flow, body],
  );

  const onDrag = useCallback(
    (event: Pointer, moving: RfNode[]) => {
      const { history, dropTarget, patch } = store.getState();
      const there = under(event, moving);
      const own = bodyOfNode(history.document, moving[0]?.id ?? '');
      const next = sameBody(there, own) ? null : there;
      if (!sameBody(next, dropTarget)) patch({ dropTarget: next });
    },
    [store, under],
  );

  const onDragStop = useCallback(
    (event: Pointer, moving: RfNode[]) => {
      dragging.current = false;
      const { history, edit, patch } = store.getState();
      const doc = history.document;
      const own = bodyOfNode(doc, moving[0]?.id ?? '');
      const there = under(event, moving);
      patch({ dropTarget: null });
      // What was dragged along from elsewhere stays where it belongs.
      const leaving = sameBody(there, own)
        ? []
        : moving.filter(({ id }) => sameBody(bodyOfNode(doc, id), own)).map(({ id }) => id);
      const places = moving.map(({ id, position }): [string, Position] => {
        const before = bodyOfNode(doc, id);
        const around = before ? all.get(before.container) : undefined;
        const at: Position = [position.x + (around?.left ?? 0), position.y + (around?.top ?? 0)];
        return [id, toBody(all, leaving.includes(id) ? there : before, at)];
      });
      const layout = Object.fromEntries(places);
      edit(leaving.length > 0 ? moveInto(leaving, there, layout) : moveNodes(layout));
    },
    [store, all, under, dragging],
  );

  const onDragStart = useCallback(() => {
    dragging.current = true;
  }, [dragging]);

  return {
    body,
    handlers: {
      onNodeDragStart: onDragStart,
      onNodeDrag: (event: Pointer, node: RfNode, moving: RfNode[]) =>
        onDrag(event, grabbedFirst(node, moving)),
      onNodeDragStop: (event: Pointer, node: RfNode, moving: RfNode[]) =>
        onDragStop(event, grabbedFirst(node, moving)),
      onSelectionDragStart: onDragStart,
      onSelectionDrag: (event: ReactMouseEvent, moving: RfNode[]) => onDrag(event, moving),
      onSelectionDragStop: (event: ReactMouseEvent, moving: RfNode[]) => onDragStop(event, moving),
    },
  };
}

/** React Flow hands on the browser's own events, typed as React's. */
type Pointer = ReactMouseEvent | MouseEvent | TouchEvent;

function grabbedFirst(node: RfNode, moving: RfNode[]): RfNode[] {
  return [node, ...moving.filter((other) => other.id !== node.id)];
}
