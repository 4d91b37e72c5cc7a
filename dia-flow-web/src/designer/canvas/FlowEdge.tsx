import { IconPlus } from '@tabler/icons-react';
import { BaseEdge, EdgeLabelRenderer, type EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { edgeKey } from '../lineage/trail';
import { useDesigner, useDesignerStore } from '../state/context';
import { rowsOf } from '../state/runState';
import classes from './canvas.module.css';
import type { FlowEdgeData } from './canvasEdges';
import { itemBodyOf } from './handles';
import { useRoute } from './useRoute';

const DASHES: Partial<Record<FlowEdgeData['kind'], string>> = { wait: '3 5', result: '8 4' };

/** From here on, an edge has no room for all digits. */
const LONG = 10_000;

/** Of what takes no part in the column that is looked at. */
const DIMMED = 0.25;

export const FlowEdge = memo(function FlowEdge(props: EdgeProps) {
  const { t } = useTranslation('designer');
  const format = useFormat();
  const store = useDesignerStore();
  const hovered = useDesigner((s) => s.hoverEdge === props.id);
  const data = props.data as FlowEdgeData;
  const from = useDesigner((s) => s.steps[props.source]);
  const target = useDesigner((s) => s.steps[props.target]?.status);
  const light = useDesigner((s) =>
    s.lit === null ? undefined : s.lit.edges.has(edgeKey(props.source, props.target)),
  );
  const {
    path,
    label: { x, y },
  } = useRoute(props);

  const carries = data.kind === 'data';
  const begun = target !== undefined && target !== 'queued';
  const done = from?.status === 'succeeded';
  const taken =
    data.kind === 'item'
      ? begun && target !== 'skipped'
      : done && (data.kind === 'wait' || !data.port || from.outputs?.[data.port] !== undefined);
  const flowing =
    data.kind === 'item' || data.kind === 'result'
      ? false
      : from?.status === 'running' || (taken && target === 'running');
  const rows = taken && carries ? rowsOf(from, data.port) : undefined;
  const stroke =
    props.selected || light
      ? 'var(--xy-edge-stroke-selected)'
      : flowing
        ? 'var(--mantine-color-blue-filled)'
        : taken
          ? 'light-dark(#63b184, #3f8a60)'
          : undefined;

  const item = itemBodyOf(props.source, props.sourceHandleId);
  const openData = () => {
    store.getState().select([], props.id);
    store.getState().showDrawer('output');
  };
  const insert = (event: React.MouseEvent) => {
    store.getState().patch({
      picker: {
        screen: { x: event.clientX, y: event.clientY },
        canvas: [x, y],
        edge: props.id,
        from: {
          node: props.source,
          port: data.port,
          side: 'source',
          ...(item ? { item } : {}),
        },
      },
    });
  };

  return (
    <>
      <BaseEdge
        path={path}
        interactionWidth={24}
        style={{
          strokeWidth: props.selected || hovered || light ? 2.5 : 1.75,
          ...(light === false ? { opacity: DIMMED } : {}),
          ...(stroke ? { stroke } : {}),
          ...(DASHES[data.kind] || data.implied
            ? { strokeDasharray: data.implied ? '2 6' : DASHES[data.kind] }
            : flowing
              ? { strokeDasharray: '6 4', animation: 'dashdraw 0.5s linear infinite' }
              : {}),
        }}
        {...(props.markerEnd ? { markerEnd: props.markerEnd } : {})}
      />
      {(carries || data.kind === 'item') && (
        <EdgeLabelRenderer>
          <div
            className={`${classes.edgeLabel} nodrag nopan`}
            style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
          >
            {rows !== undefined && (
              <button
                type="button"
                className={classes.rows}
                onClick={openData}
                data-testid={`edge-rows-${props.source}-${props.target}`}
                title={format.number(rows)}
                aria-label={t('edge.show', { from: props.source, to: props.target })}
              >
                {rows < LONG ? format.number(rows) : format.short(rows)}
              </button>
            )}
            <button
              type="button"
              className={classes.insert}
              data-shown={hovered || props.selected}
              onClick={insert}
              title={t('edge.insert')}
              aria-label={t('edge.insert_between', { from: props.source, to: props.target })}
              data-testid={`edge-insert-${props.source}-${props.target}`}
            >
              <IconPlus size={13} stroke={2.4} />
            </button>
          </div>
        </EdgeLabelRenderer>
      )}
    </>
  );
});
