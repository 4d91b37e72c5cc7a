import { ActionIcon, Tooltip } from '@mantine/core';
import { IconChevronDown, IconPlus } from '@tabler/icons-react';
import { Handle, type NodeProps, NodeResizeControl, Position as Side } from '@xyflow/react';
import { type CSSProperties, memo } from 'react';
import { useTranslation } from 'react-i18next';
import {
  bodyOf,
  CARD,
  type FlowNode,
  givesItem,
  RESULT,
  resizeNode,
  type Section,
} from '@/flow-core';
import { Breakable } from '@/ui/Breakable';
import { TypeIcon } from '../palette/TypeIcon';
import { useDesigner, useDesignerStore } from '../state/context';
import { AfterHandle, CardBadges, Ports, StepLine, useCard } from './CardParts';
import canvas from './canvas.module.css';
import classes from './container.module.css';
import { itemHandle } from './handles';
import type { ContainerData } from './useCanvasGraph';

/** The library places its handles on the border; this one lies inside of the corner. */
const CORNER: CSSProperties = {
  inset: 'auto 0 0 auto',
  width: 20,
  height: 20,
  border: 0,
  background: 'transparent',
  translate: 'none',
};

/** A container with its bodies, in which the nodes of the document stand. */
export const ContainerCard = memo(function ContainerCard({ id, selected, data }: NodeProps) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const card = useCard(id);
  if (!card) return null;

  const { sections, least } = data as ContainerData;
  const { node, type, step, dim, texts, inputs, outputs } = card;
  return (
    <div
      className={classes.container}
      data-testid={`node-${id}`}
      data-status={step?.status}
      data-selected={selected}
      data-dim={dim || undefined}
      role="group"
      aria-label={texts.label}
    >
      <header
        className={classes.head}
        data-named-in={inputs.length > 1 || undefined}
        data-named-out={outputs.length > 1 || undefined}
      >
        <Ports id={id} side="in" ports={inputs} labelled={() => inputs.length > 1} />
        <AfterHandle id={id} />
        <TypeIcon name={node.type} type={type} />
        <div className={canvas.text}>
          <div className={canvas.title} title={texts.title}>
            <Breakable text={texts.title} />
          </div>
          <div className={classes.line}>
            {step ? <StepLine id={id} step={step} /> : <span>{texts.summary}</span>}
          </div>
        </div>
        <Tooltip label={t('container.fold')}>
          <ActionIcon
            className="nodrag"
            aria-label={t('container.fold_name', { name: texts.title })}
            aria-expanded
            onClick={(event) => {
              event.stopPropagation();
              store.getState().setFolded(id, true);
            }}
            data-testid={`fold-${id}`}
          >
            <IconChevronDown size={17} stroke={1.8} />
          </ActionIcon>
        </Tooltip>
        <Ports id={id} side="out" ports={outputs} labelled={() => outputs.length > 1} />
      </header>
      <CardBadges id={id} step={step} />
      {sections.map((section, i) => (
        <BodySection
          key={section.field}
          node={node}
          section={section}
          labelled={sections.length > 1}
          last={i === sections.length - 1}
        />
      ))}
      <NodeResizeControl
        className={classes.resize ?? ''}
        style={CORNER}
        position="bottom-right"
        minWidth={least.width}
        minHeight={least.height}
        onResizeEnd={(_, { width, height }) => {
          const { history, edit } = store.getState();
          const [x = 0, y = 0] = history.document.spec.layout?.[id] ?? [];
          edit(resizeNode(id, [x, y], [width, height]));
        }}
      />
    </div>
  );
});

interface SectionProps {
  node: FlowNode;
  section: Section;
  labelled: boolean;
  last: boolean;
}

function BodySection({ node, section, labelled, last }: SectionProps) {
  const { t } = useTranslation('designer');
  const { field } = section;
  const target = useDesigner(
    (s) => s.dropTarget?.container === node.id && s.dropTarget.field === field,
  );
  const empty = bodyOf(node, field).length === 0;
  const name = t(`container.body.${field}`);
  const style: CSSProperties & Record<'--line', string> = {
    top: section.y,
    ...(last ? { bottom: 0 } : { height: section.height }),
    // Item and result stand in line with the first node.
    '--line': `${section.origin[1] - section.y + CARD.height / 2}px`,
  };
  return (
    <section
      className={classes.section}
      style={style}
      data-field={field}
      data-target={target || undefined}
      data-section=""
      data-testid={`body-${node.id}-${field}`}
      aria-label={t('container.body_of', { body: name, name: node.title || node.id })}
    >
      {labelled && (
        <span className={classes.label} data-section="">
          {name}
          <i>{t(`container.when.${field}`)}</i>
        </span>
      )}
      {givesItem(node, field) && (
        <>
          <Handle
            id={itemHandle(field)}
            type="source"
            position={Side.Right}
            className={`${canvas.handle} ${classes.item}`}
            data-kind="any"
            data-testid={`item-${node.id}-${field}`}
            role="img"
            aria-label={t(`container.item_help.${itemText(node, field)}`)}
            title={t(`container.item_help.${itemText(node, field)}`)}
          />
          <span className={classes.itemLabel} aria-hidden>
            {t(`container.item.${itemText(node, field)}`)}
          </span>
        </>
      )}
      {field === 'nodes' && (
        <>
          <Handle
            id={RESULT}
            type="target"
            position={Side.Left}
            className={`${canvas.handle} ${classes.result}`}
            data-kind="any"
            data-testid={`result-${node.id}`}
            role="img"
            aria-label={t('container.result_help')}
            title={t('container.result_help')}
          />
          <span className={classes.resultLabel} aria-hidden>
            {t('container.result')}
          </span>
        </>
      )}
      {empty && <AddFirst node={node} field={field} />}
    </section>
  );
}

function itemText(node: FlowNode, field: Section['field']): 'map' | 'loop' | 'catch' {
  if (field === 'catch') return 'catch';
  return node.type === 'control.loop' ? 'loop' : 'map';
}

/** The way to the first node of an empty body. */
function AddFirst({ node, field }: { node: FlowNode; field: Section['field'] }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const body = { container: node.id, field };
  return (
    <button
      type="button"
      className={`${classes.first} nodrag`}
      onClick={(event) => {
        event.stopPropagation();
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        store.getState().patch({
          picker: { screen: { x: left, y: bottom + 6 }, canvas: [0, 0], body },
        });
      }}
      data-testid={`body-add-${node.id}-${field}`}
    >
      <IconPlus size={16} stroke={2} />
      {t('container.add')}
    </button>
  );
}
