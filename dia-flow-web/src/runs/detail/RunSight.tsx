import { MiniMap, useReactFlow, useStore } from '@xyflow/react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Step } from '@/api';
import { statusColor } from '@/designer/canvas/statusColor';
import type { Box } from '@/flow-core';
import type { CardNode } from './RunCard';
import { type Area, sightOf } from './sight';

interface RunSightProps {
  places: ReadonlyMap<string, Box>;
  /** By node. */
  steps: Record<string, Step>;
  selected: string | undefined;
}

const matters = [['failed'], ['running', 'waiting']];

/** A map has room beside the cards from this height on. */
const ROOMY = 260;

/** Where a graph is looked at first, and again when the pane below opens or closes; a map where it is more than is seen. */
export function RunSight({ places, steps, selected }: RunSightProps) {
  const { t } = useTranslation('runs');
  const { setViewport } = useReactFlow();
  const width = useStore((s) => s.width);
  const height = useStore((s) => s.height);
  const [whole, setWhole] = useState(true);
  const known = Object.keys(steps).length > 0;
  // A run that goes on moves nobody's sight.
  const now = useRef({ steps, selected });
  now.current = { steps, selected };

  // biome-ignore lint/correctness/useExhaustiveDependencies: once more when it is known what has failed
  useEffect(() => {
    if (width === 0 || height === 0 || places.size === 0) return;
    const areas = new Map([...places].map(([id, box]) => [id, areaOf(box)]));
    const at = now.current.selected ?? mattering(places, now.current.steps);
    const sight = sightOf(around([...areas.values()]), { width, height }, areas.get(at ?? ''));
    setWhole(sight.whole);
    void setViewport(sight);
  }, [places, known, width, height, setViewport]);

  if (whole || height < ROOMY) return null;
  return (
    <MiniMap<CardNode>
      pannable
      zoomable
      position="bottom-right"
      style={{ width: 150, height: 92 }}
      nodeColor={(node) =>
        node.type === 'container'
          ? 'light-dark(#dfe3ec, #2c313c)'
          : statusColor(steps[node.id]?.status)
      }
      nodeBorderRadius={12}
      ariaLabel={t('canvas.map')}
    />
  );
}

/** The first node that failed, or else is at work. Of a container that failed, the step in it says more. */
function mattering(
  places: ReadonlyMap<string, Box>,
  steps: Record<string, Step>,
): string | undefined {
  const inner = [...places].sort(([, a], [, b]) => Number(!a.body) - Number(!b.body));
  for (const statuses of matters) {
    const found = inner.find(([id]) => statuses.includes(steps[id]?.status ?? ''));
    if (found) return found[0];
  }
  return undefined;
}

const areaOf = (box: Box): Area => ({
  x: box.left,
  y: box.top,
  width: box.width,
  height: box.height,
});

function around(areas: readonly Area[]): Area {
  const x = Math.min(...areas.map((area) => area.x));
  const y = Math.min(...areas.map((area) => area.y));
  return {
    x,
    y,
    width: Math.max(...areas.map((area) => area.x + area.width)) - x,
    height: Math.max(...areas.map((area) => area.y + area.height)) - y,
  };
}
