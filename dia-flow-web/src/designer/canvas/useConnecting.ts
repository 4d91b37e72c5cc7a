import type { Connection, FinalConnectionState } from '@xyflow/react';
import { useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  bodyAt,
  bodyOfNode,
  connect,
  sameBody,
  toBody,
  visibleIn,
  whyNotConnect,
} from '@/flow-core';
import { useDesignerStore } from '../state/context';
import type { PickerRequest } from '../state/store';
import { attemptOf, itemBodyOf } from './handles';
import { boxesOf } from './useCanvasGraph';

/** Drawing edges: which are allowed, why one is not, and the picker where one ends in empty space. */
export function useConnecting() {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const flow = useReactFlow();
  const [connecting, setConnecting] = useState(false);
  const [refusal, setRefusal] = useState('');

  const whyNot = useCallback(
    (connection: Connection) => {
      const { history, types, analysis } = store.getState();
      return whyNotConnect(history.document, types, analysis, attemptOf(connection));
    },
    [store],
  );

  const onConnect = useCallback(
    (connection: Connection) => {
      const { edit, types, analysis } = store.getState();
      if (!whyNot(connection)) edit(connect(attemptOf(connection), types, analysis));
    },
    [store, whyNot],
  );

  /** A new node stands where the edge was let go, as long as the two can see each other there. */
  const placeOf = useCallback(
    (
      from: NonNullable<PickerRequest['from']>,
      at: [number, number],
      corner: [number, number],
    ): Pick<PickerRequest, 'canvas' | 'body'> => {
      const { history } = store.getState();
      const doc = history.document;
      const all = boxesOf(store.getState(), doc);
      const own = from.item ?? bodyOfNode(doc, from.node);
      const there = bodyAt(all, at);
      const sees =
        from.side === 'target' || from.item
          ? sameBody(there, own)
          : visibleIn(doc, there).has(from.node);
      const body = sees ? there : own;
      return { body, canvas: toBody(all, body, corner) };
    },
    [store],
  );

  const onConnectEnd = useCallback(
    (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
      setConnecting(false);
      if (state.isValid) return;
      if (state.toNode && state.toHandle && state.fromHandle) {
        const [a, b] =
          state.fromHandle.type === 'source'
            ? [state.fromHandle, state.toHandle]
            : [state.toHandle, state.fromHandle];
        const reason = whyNot({
          source: a.nodeId,
          sourceHandle: a.id ?? null,
          target: b.nodeId,
          targetHandle: b.id ?? null,
        });
        if (reason) setRefusal(t(`refusal.${reason}`));
        return;
      }
      if (state.toNode || !state.fromHandle) return;
      const point = 'changedTouches' in event ? event.changedTouches[0] : event;
      if (!point) return;
      const at = flow.screenToFlowPosition({ x: point.clientX, y: point.clientY });
      const { nodeId, id, type } = state.fromHandle;
      const item = itemBodyOf(nodeId, id);
      const side = type === 'source' ? 'source' : 'target';
      const from = {
        node: nodeId,
        port: item ? '' : (id ?? ''),
        side,
        ...(item ? { item } : {}),
      } as const;
      const corner = side === 'source' ? [at.x, at.y - 36] : [at.x - 224, at.y - 36];
      store.getState().patch({
        picker: {
          screen: { x: point.clientX, y: point.clientY },
          ...placeOf(from, [at.x, at.y], [corner[0] ?? 0, corner[1] ?? 0]),
          from,
        },
      });
    },
    [flow, store, t, whyNot, placeOf],
  );

  useEffect(() => {
    if (!refusal) return;
    const timer = setTimeout(() => setRefusal(''), 3500);
    return () => clearTimeout(timer);
  }, [refusal]);

  return {
    connecting,
    refusal,
    onConnect,
    onConnectStart: () => setConnecting(true),
    onConnectEnd,
    isValidConnection: (ends: Parameters<typeof attemptOf>[0]) => !whyNot(ends as Connection),
  };
}
