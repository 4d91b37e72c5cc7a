import '@xyflow/react/dist/style.css';
import { useMantineColorScheme } from '@mantine/core';
import { Background, BackgroundVariant, Controls, ReactFlow } from '@xyflow/react';
import { memo, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunGraph, Step } from '@/api';
import { BoxesContext } from '@/designer/canvas/useRoute';
import { type Box, boxes, type FlowDocument, indexOf, setLayout } from '@/flow-core';
import classes from './canvas.module.css';
import { Card, type CardNode, Container } from './RunCard';
import { RunEdge } from './RunEdge';
import { RunSight } from './RunSight';
import { runEdges } from './runEdges';
import { usePorts } from './usePorts';
import { wrapped } from './wrap';

interface RunCanvasProps {
  document: RunGraph['document'];
  /** By node. */
  steps: Record<string, Step>;
  /** Node that is selected. */
  selected?: string;
  onSelect: (node: string | undefined) => void;
}

const fit = { padding: 0.1, maxZoom: 1 };
const nodeTypes = { card: memo(Card), container: memo(Container) };
const edgeTypes = { run: RunEdge };

/** The graph of a run, to look at: a click on a node shows its step. */
export function RunCanvas({ document, steps, selected, onSelect }: RunCanvasProps) {
  const { t } = useTranslation('runs');
  const { colorScheme } = useMantineColorScheme();
  const flow = document as FlowDocument;
  const ports = usePorts(flow);

  const places = useMemo(() => placesOf(flow), [flow]);
  const nodes = useMemo<CardNode[]>(
    () =>
      [...indexOf(flow).values()].flatMap(({ node }): CardNode[] => {
        const box = places.get(node.id);
        if (!box) return [];
        const open = box.sections.length > 0;
        return [
          {
            id: node.id,
            type: open ? 'container' : 'card',
            position: { x: box.x, y: box.y },
            // For the map, which knows no cards.
            initialWidth: box.width,
            initialHeight: box.height,
            selected: node.id === selected,
            data: {
              title: node.title || node.id,
              type: node.type,
              step: steps[node.id],
              ports: ports(node.id),
              sections: box.sections,
            },
            ...(box.body ? { parentId: box.body.container } : {}),
            ...(open ? { width: box.width, height: box.height } : {}),
          },
        ];
      }),
    [flow, places, steps, selected, ports],
  );
  const edges = useMemo(
    () => runEdges(flow, (node) => steps[node]?.status === 'running'),
    [flow, steps],
  );

  return (
    <div className={classes.canvas} data-testid="run-canvas">
      <BoxesContext.Provider value={places}>
        <ReactFlow
          nodes={nodes}
          edges={edges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
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
          minZoom={0.1}
          aria-label={t('tab.graph')}
          ariaLabelConfig={{
            'node.a11yDescription.default': t('canvas.node'),
            'controls.ariaLabel': t('canvas.controls'),
            'controls.zoomIn.ariaLabel': t('canvas.in'),
            'controls.zoomOut.ariaLabel': t('canvas.out'),
            'controls.fitView.ariaLabel': t('canvas.all'),
          }}
        >
          <Background variant={BackgroundVariant.Dots} gap={24} size={1.6} />
          <Controls showInteractive={false} fitViewOptions={fit} />
          <RunSight places={places} steps={steps} selected={selected} />
        </ReactFlow>
      </BoxesContext.Provider>
    </div>
  );
}

/** A flow without places of its own is broken into lines, unless containers make its cards differ in size. */
function placesOf(flow: FlowDocument): Map<string, Box> {
  const all = boxes(flow);
  const plain = [...all.values()].every((box) => box.sections.length === 0);
  if (flow.spec.layout || !plain) return all;
  const places = Object.fromEntries(
    [...all].map(([id, box]): [string, [number, number]] => [id, [box.x, box.y]]),
  );
  return boxes(setLayout(wrapped(places)).apply(flow));
}
