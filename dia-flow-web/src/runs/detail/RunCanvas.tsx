import '@xyflow/react/dist/style.css';
import { useMantineColorScheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import {
  Background,
  BackgroundVariant,
  Controls,
  type Edge,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from '@xyflow/react';
import { memo, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunGraph, Step } from '@/api';
import { TypeIcon } from '@/designer/palette/TypeIcon';
import { allEdges, type FlowDocument, positions } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { StatusIcon } from '@/ui/StatusBadge';
import { Duration } from '@/ui/Time';
import classes from './canvas.module.css';
import { outputRows } from './runState';
import { wrapped } from './wrap';

type Data = { title: string; type: string; step?: Step };
type CardNode = Node<Data, 'card'>;

interface RunCanvasProps {
  document: RunGraph['document'];
  steps: Record<string, Step>;
  selected?: string;
  onSelect: (node: string | undefined) => void;
}

const fit = { padding: 0.1, maxZoom: 1 };
const nodeTypes = { card: memo(Card) };

/** The graph of a run, to look at: a click on a node shows its step. */
export function RunCanvas({ document, steps, selected, onSelect }: RunCanvasProps) {
  const { t } = useTranslation('runs');
  const { colorScheme } = useMantineColorScheme();
  const { ref, height } = useElementSize();
  const canvas = useRef<ReactFlowInstance<CardNode>>(null);
  const flow = document as FlowDocument;

  // The whole stays in sight when the pane below opens or closes.
  useEffect(() => {
    if (height > 0) void canvas.current?.fitView(fit);
  }, [height]);

  const places = useMemo(
    () => (flow.spec.layout ? positions(flow) : wrapped(positions(flow))),
    [flow],
  );
  const nodes = useMemo<CardNode[]>(
    () =>
      flow.spec.nodes.map((node) => {
        const [x = 0, y = 0] = places[node.id] ?? [];
        return {
          id: node.id,
          type: 'card',
          position: { x, y },
          selected: node.id === selected,
          data: { title: node.title || node.id, type: node.type, step: steps[node.id] },
        };
      }),
    [flow, places, steps, selected],
  );
  const edges = useMemo<Edge[]>(
    () =>
      allEdges(flow).map((edge) => ({
        id: edge.id,
        source: edge.source,
        target: edge.target,
        animated: steps[edge.target]?.status === 'running',
      })),
    [flow, steps],
  );

  return (
    <div ref={ref} className={classes.canvas} data-testid="run-canvas">
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={colorScheme === 'auto' ? 'system' : colorScheme}
        nodesDraggable={false}
        nodesConnectable={false}
        edgesFocusable={false}
        deleteKeyCode={null}
        onNodesChange={(changes) => {
          // Enter on a focused node selects it; so does a click.
          for (const change of changes) {
            if (change.type === 'select' && change.selected) onSelect(change.id);
          }
        }}
        onPaneClick={() => onSelect(undefined)}
        minZoom={0.2}
        fitView
        fitViewOptions={fit}
        onInit={(instance) => {
          canvas.current = instance;
        }}
        aria-label={t('tab.graph')}
      >
        <Background variant={BackgroundVariant.Dots} gap={24} size={1.6} />
        <Controls showInteractive={false} />
      </ReactFlow>
    </div>
  );
}

function Card({ data, selected }: NodeProps<CardNode>) {
  const { t } = useTranslation('runs');
  const format = useFormat();
  const { step } = data;
  const status = step?.status ?? 'queued';
  const rows = step && outputRows(step);
  return (
    <div
      className={classes.card}
      data-status={status}
      data-selected={selected || undefined}
      data-testid="run-node"
    >
      <Handle type="target" position={Position.Left} className={classes.handle} />
      <div className={classes.head}>
        <TypeIcon name={data.type} size={30} />
        <div className={classes.text}>
          <div className={classes.title} title={data.title}>
            {data.title}
          </div>
          <div className={classes.type}>{data.type}</div>
        </div>
        <StatusIcon status={status} size={18} label={t(`common:status.${status}`)} />
      </div>
      {step?.started_at && (
        <div className={classes.foot}>
          <Duration from={step.started_at} to={step.ended_at} live={status === 'running'} />
          {rows !== undefined && (
            <span>{t('detail.rows', { count: rows, n: format.number(rows) })}</span>
          )}
        </div>
      )}
      <Handle type="source" position={Position.Right} className={classes.handle} />
    </div>
  );
}
