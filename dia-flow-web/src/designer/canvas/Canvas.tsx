import '@xyflow/react/dist/base.css';
import {
  Background,
  BackgroundVariant,
  type Connection,
  ConnectionLineType,
  type EdgeChange,
  type FinalConnectionState,
  ReactFlow,
  SelectionMode,
  useReactFlow,
} from '@xyflow/react';
import { type DragEvent, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { allEdges, connect, disconnect, whyNotConnect } from '@/flow-core';
import { PALETTE_MIME } from '../palette/constants';
import { addNode } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import { CanvasControls } from './CanvasControls';
import classes from './canvas.module.css';
import { EmptyState } from './EmptyState';
import { FlowEdge } from './FlowEdge';
import { LiveMiniMap } from './LiveMiniMap';
import { NodeCard } from './NodeCard';
import { statusColor } from './statusColor';
import { useCanvasEdges, useCanvasNodes } from './useCanvasGraph';
import { useDropFiles } from './useDropFiles';
import { useOpening, useStayInSight } from './useSight';
import { FIT, MIN_ZOOM, panTo, scaleLabels } from './viewport';

const nodeTypes = { card: NodeCard };
const edgeTypes = { flow: FlowEdge };

function attemptOf(
  connection:
    | Connection
    | {
        source: string;
        target: string;
        sourceHandle?: string | null;
        targetHandle?: string | null;
      },
) {
  return {
    source: connection.source,
    sourcePort: connection.sourceHandle ?? '',
    target: connection.target,
    targetPort: connection.targetHandle ?? '',
  };
}

export function Canvas() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const flow = useReactFlow();
  const { nodes, onNodesChange } = useCanvasNodes();
  const edges = useCanvasEdges();
  const empty = useDesigner((s) => s.history.document.spec.nodes.length === 0);
  const roomy = useDesigner((s) => !s.drawerOpen);
  const panels = useDesigner((s) => `${s.inspector} ${s.drawerOpen} ${s.selection.join()}`);
  const wrapper = useRef<HTMLDivElement>(null);
  const [connecting, setConnecting] = useState(false);
  const [refusal, setRefusal] = useState('');
  const { dropping, ...dropFiles } = useDropFiles();
  const opening = useOpening();
  useStayInSight(wrapper);

  useEffect(() => {
    controller.canvas = {
      // A new card is measured in the next frames; until then its place is known but not its size.
      reveal: (ids) => void setTimeout(() => panTo(flow, wrapper.current, ids), 80),
      fit: () => void flow.fitView({ ...FIT, duration: 250 }),
      centre: () => {
        const box = wrapper.current?.getBoundingClientRect();
        if (!box) return [0, 0];
        const at = flow.screenToFlowPosition({
          x: box.left + box.width / 2,
          y: box.top + box.height / 2,
        });
        return [at.x, at.y];
      },
      focus: () => wrapper.current?.focus(),
    };
    return () => {
      controller.canvas = null;
    };
  }, [controller, flow]);

  // A panel that opens must not cover the node that it speaks of.
  useEffect(() => {
    const { selection } = store.getState();
    if (!panels || selection.length !== 1) return;
    const timer = setTimeout(() => panTo(flow, wrapper.current, selection), 80);
    return () => clearTimeout(timer);
  }, [panels, flow, store]);

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
      const side = state.fromHandle.type === 'source' ? 'source' : 'target';
      store.getState().patch({
        picker: {
          screen: { x: point.clientX, y: point.clientY },
          canvas: side === 'source' ? [at.x, at.y - 36] : [at.x - 224, at.y - 36],
          from: { node: state.fromHandle.nodeId, port: state.fromHandle.id ?? '', side },
        },
      });
    },
    [flow, store, t, whyNot],
  );

  useEffect(() => {
    if (!refusal) return;
    const timer = setTimeout(() => setRefusal(''), 3500);
    return () => clearTimeout(timer);
  }, [refusal]);

  const onEdgesChange = useCallback(
    (changes: EdgeChange[]) => {
      for (const change of changes) {
        if (change.type === 'select' && change.selected) {
          store.getState().select([], change.id);
          const source = allEdges(store.getState().history.document).find(
            (edge) => edge.id === change.id,
          )?.source;
          if (source && store.getState().steps[source]?.outputs) {
            store.getState().showDrawer('output');
          }
        } else if (change.type === 'select' && store.getState().edge === change.id) {
          store.getState().patch({ edge: null });
        } else if (change.type === 'remove') {
          const { history, edit } = store.getState();
          edit(disconnect(allEdges(history.document).filter((e) => e.id === change.id)));
        }
      }
    },
    [store],
  );

  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(PALETTE_MIME);
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    if (type) {
      event.preventDefault();
      addNode(controller, { type, at: [at.x - 112, at.y - 36] });
    } else {
      void dropFiles.onDrop(event, [at.x - 112, at.y - 36]);
    }
  };

  const onDoubleClick = (event: React.MouseEvent) => {
    if (!(event.target as Element).classList.contains('react-flow__pane')) return;
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    store.getState().patch({
      picker: {
        screen: { x: event.clientX, y: event.clientY },
        canvas: [at.x - 112, at.y - 36],
      },
    });
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the canvas is named by the region inside; these are pointer shortcuts
    <div
      ref={wrapper}
      className={classes.canvas}
      data-connecting={connecting || undefined}
      data-testid="canvas"
      tabIndex={-1}
      onDrop={onDrop}
      onDragOver={dropFiles.onDragOver}
      onDragLeave={dropFiles.onDragLeave}
      onDoubleClick={onDoubleClick}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
        onNodesChange={onNodesChange}
        onEdgesChange={onEdgesChange}
        onConnect={onConnect}
        onConnectStart={() => setConnecting(true)}
        onConnectEnd={onConnectEnd}
        isValidConnection={(c) => !whyNot(c as Connection)}
        onNodeDoubleClick={(_, node) => store.getState().openInspector(node.id)}
        onEdgeMouseEnter={(_, edge) => store.getState().patch({ hoverEdge: edge.id })}
        onEdgeMouseLeave={() => store.getState().patch({ hoverEdge: null })}
        onPaneClick={() => store.getState().select([])}
        connectionLineType={ConnectionLineType.Bezier}
        connectionRadius={28}
        selectionMode={SelectionMode.Partial}
        zoomOnDoubleClick={false}
        deleteKeyCode={null}
        disableKeyboardA11y={false}
        multiSelectionKeyCode={['Shift', 'Meta', 'Control']}
        selectionKeyCode="Shift"
        snapToGrid
        snapGrid={[8, 8]}
        minZoom={MIN_ZOOM}
        maxZoom={2}
        {...opening}
        onlyRenderVisibleElements={nodes.length > 150}
        ariaLabelConfig={{
          'node.a11yDescription.default': t('a11y.node'),
          'edge.a11yDescription.default': t('a11y.edge'),
        }}
        aria-label={t('a11y.canvas')}
        attributionPosition="bottom-right"
        onInit={(instance) => scaleLabels(wrapper.current, instance.getZoom())}
        onMove={(_, { zoom }) => scaleLabels(wrapper.current, zoom)}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.6} />
        {nodes.length > 5 && roomy && (
          <LiveMiniMap
            pannable
            zoomable
            position="bottom-right"
            style={{ width: 136, height: 84 }}
            nodeColor={(node) => statusColor(store.getState().steps[node.id]?.status)}
            nodeBorderRadius={12}
            ariaLabel={t('a11y.minimap')}
          />
        )}
        <CanvasControls />
      </ReactFlow>
      {refusal && (
        <div className={classes.refusal} role="alert" data-testid="refusal">
          {refusal}
        </div>
      )}
      {dropping && <div className={classes.dropping}>{t('drop.here')}</div>}
      {empty && <EmptyState />}
    </div>
  );
}
