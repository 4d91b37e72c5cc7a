import '@xyflow/react/dist/base.css';
import {
  Background,
  BackgroundVariant,
  ConnectionLineType,
  ReactFlow,
  SelectionMode,
  useReactFlow,
} from '@xyflow/react';
import { type DragEvent, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { sameBody, toBody } from '@/flow-core';
import { PALETTE_MIME } from '../palette/constants';
import { addNode } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import { CanvasControls } from './CanvasControls';
import { ContainerCard } from './ContainerCard';
import classes from './canvas.module.css';
import { EmptyState } from './EmptyState';
import { FlowEdge } from './FlowEdge';
import { LiveMiniMap } from './LiveMiniMap';
import { NodeCard } from './NodeCard';
import { statusColor } from './statusColor';
import { useCanvasEdges, useCanvasNodes } from './useCanvasGraph';
import { useConnecting } from './useConnecting';
import { useDragInto } from './useDragInto';
import { useDropFiles } from './useDropFiles';
import { useEdgeChanges } from './useEdgeChanges';
import { BoxesContext, useSettled } from './useRoute';
import { useOpening, useStayInSight } from './useSight';
import { FIT, MIN_ZOOM, panTo, scaleLabels } from './viewport';

const nodeTypes = { card: NodeCard, container: ContainerCard };
const edgeTypes = { flow: FlowEdge };

export function Canvas() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const flow = useReactFlow();
  const { nodes, onNodesChange, all, dragging } = useCanvasNodes();
  const edges = useCanvasEdges();
  const settled = useSettled(all);
  const empty = useDesigner((s) => s.history.document.spec.nodes.length === 0);
  const roomy = useDesigner((s) => !s.drawerOpen);
  const panels = useDesigner((s) => `${s.inspector} ${s.drawerOpen} ${s.selection.join()}`);
  const wrapper = useRef<HTMLDivElement>(null);
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

  const { connecting, refusal, ...connections } = useConnecting();
  const onEdgesChange = useEdgeChanges();
  const { body: dropBody, handlers: dragHandlers } = useDragInto(all, dragging);

  const onDrop = (event: DragEvent) => {
    const type = event.dataTransfer.getData(PALETTE_MIME);
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    if (type) {
      event.preventDefault();
      const body = dropBody([at.x, at.y]);
      store.getState().patch({ dropTarget: null });
      addNode(controller, { type, at: toBody(all, body, [at.x - 112, at.y - 36]), body });
    } else {
      void dropFiles.onDrop(event, [at.x - 112, at.y - 36]);
    }
  };

  const onDragOver = (event: DragEvent) => {
    dropFiles.onDragOver(event);
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const dropTarget = dropBody([at.x, at.y]);
    if (!sameBody(dropTarget, store.getState().dropTarget)) store.getState().patch({ dropTarget });
  };
  const onDragLeave = (event: DragEvent) => {
    dropFiles.onDragLeave(event);
    store.getState().patch({ dropTarget: null });
  };

  const onDoubleClick = (event: React.MouseEvent) => {
    const target = event.target as Element;
    const pane = target.classList.contains('react-flow__pane');
    if (!pane && !target.hasAttribute('data-section')) return;
    event.stopPropagation();
    const at = flow.screenToFlowPosition({ x: event.clientX, y: event.clientY });
    const body = pane ? null : dropBody([at.x, at.y]);
    store.getState().patch({
      picker: {
        screen: { x: event.clientX, y: event.clientY },
        canvas: toBody(all, body, [at.x - 112, at.y - 36]),
        body,
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
      onDragOver={onDragOver}
      onDragLeave={onDragLeave}
      onDoubleClickCapture={onDoubleClick}
    >
      <BoxesContext value={settled}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          onNodesChange={onNodesChange}
          onEdgesChange={onEdgesChange}
          {...connections}
          {...dragHandlers}
          onNodeContextMenu={(event, node) => {
            event.preventDefault();
            const { openInspector, patch } = store.getState();
            openInspector(node.id);
            patch({ menu: { node: node.id, x: event.clientX, y: event.clientY } });
          }}
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
              nodeColor={(node) =>
                node.type === 'container'
                  ? 'light-dark(#dfe3ec, #2c313c)'
                  : statusColor(store.getState().steps[node.id]?.status)
              }
              nodeBorderRadius={12}
              ariaLabel={t('a11y.minimap')}
            />
          )}
          <CanvasControls />
        </ReactFlow>
      </BoxesContext>
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
