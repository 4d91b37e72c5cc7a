import { Alert, Box, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconDatabase, IconInfoCircle } from '@tabler/icons-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Lineage } from '@/api';
import { said } from '@/lib/problems';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { useDesignerStore } from '../state/context';
import { tellsMore } from './gaps';
import classes from './lineage.module.css';
import { type Place, type Reached, trailOf } from './trail';
import { useLineage } from './useLineage';
import { Ways } from './Ways';

/** Where the columns of a node come from, and what is made of them; the canvas lights what takes part. */
export function LineageTab({ node }: { node: string }) {
  const { data, error, isPending, refetch } = useLineage();
  if (isPending) {
    return (
      <Stack gap={8} p="md" aria-busy="true">
        <Skeleton h={24} />
        <Skeleton h={20} />
      </Stack>
    );
  }
  if (error) {
    return (
      <Box p="md">
        <ProblemAlert error={error} onRetry={() => void refetch()} />
      </Box>
    );
  }
  return <Columns graph={data} node={node} />;
}

interface Choice {
  place: Place;
  label: string;
}

/** The columns of a node's outputs, or the outputs themselves where columns are not known. */
function choicesOf(graph: Lineage, node: string): Choice[] {
  const ports = graph.nodes.find((n) => n.id === node)?.ports ?? [];
  return ports.flatMap((port) => {
    const before = ports.length > 1 ? `${port.name}.` : '';
    const base = { node, port: port.name };
    if (!port.columns) return [{ place: base, label: port.name }];
    return port.columns.map((column) => ({
      place: { ...base, column: column.name },
      label: before + column.name,
    }));
  });
}

function Columns({ graph, node }: { graph: Lineage; node: string }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const choices = useMemo(() => choicesOf(graph, node), [graph, node]);
  const [label, choose] = useState<string | null>(null);
  const chosen = choices.find((c) => c.label === label);
  const trail = useMemo(() => (chosen ? trailOf(graph, chosen.place) : null), [graph, chosen]);

  useEffect(() => {
    store.getState().patch({ lit: trail ? { nodes: trail.nodes, edges: trail.edges } : null });
    return () => store.getState().patch({ lit: null });
  }, [store, trail]);

  const gaps = graph.gaps.filter((gap) => gap.node === node);
  return (
    <div className={classes.tab} data-testid="lineage-tab">
      <fieldset className={classes.columns}>
        <legend>{t('lineage.choose')}</legend>
        {choices.map((choice) => (
          <button
            key={choice.label}
            type="button"
            aria-pressed={choice.label === label}
            onClick={() => choose(choice.label === label ? null : choice.label)}
            data-testid="lineage-column"
            title={choice.label}
          >
            {choice.label}
          </button>
        ))}
        {choices.length === 0 && (
          <Text fz="sm" c="var(--app-muted)">
            {t('lineage.no_columns')}
          </Text>
        )}
      </fieldset>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, which the keyboard must be able to do */}
      <section className={classes.told} tabIndex={0} aria-label={t('lineage.title')}>
        {gaps.map((gap) => (
          <Alert
            key={`${gap.port} ${gap.code} ${gap.message}`}
            variant="light"
            color="gray"
            icon={<IconInfoCircle size={16} />}
            py={6}
          >
            {t(`lineage.gap.${gap.code}`)}
            {tellsMore(gap) && <span className={classes.why}> {said(gap)}</span>}
          </Alert>
        ))}
        {trail && chosen ? (
          <>
            <Reach
              graph={graph}
              title={t('lineage.from', { column: chosen.label })}
              none={t('lineage.from_nothing')}
              list={trail.from}
              testid="lineage-from"
            />
            <Reach
              graph={graph}
              title={t('lineage.into', { column: chosen.label })}
              none={t('lineage.into_nothing')}
              list={trail.into}
              testid="lineage-into"
            />
          </>
        ) : (
          choices.length > 0 && (
            <Text fz="sm" c="var(--app-muted)">
              {t('lineage.hint')}
            </Text>
          )
        )}
      </section>
    </div>
  );
}

interface ReachProps {
  graph: Lineage;
  title: string;
  none: string;
  list: Reached[];
  testid: string;
}

function Reach({ graph, title, none, list, testid }: ReachProps) {
  const { t } = useTranslation('designer');
  return (
    <div data-testid={testid}>
      <h3 className={classes.heading}>{title}</h3>
      {list.length === 0 ? (
        <Text fz="sm" c="var(--app-muted)">
          {none}
        </Text>
      ) : (
        <Table verticalSpacing={4} horizontalSpacing={8} fz={13}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w="32%">{t('lineage.column')}</Table.Th>
              <Table.Th w="32%">{t('lineage.how')}</Table.Th>
              <Table.Th>{t('lineage.through')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.map((reached) => (
              <Table.Tr key={JSON.stringify(reached.place)}>
                <Table.Td>
                  <PlaceName graph={graph} place={reached.place} />
                </Table.Td>
                <Table.Td>
                  <Ways ways={reached.ways} />
                </Table.Td>
                <Table.Td className={classes.through}>{reached.through.join(' → ')}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </div>
  );
}

function PlaceName({ graph, place }: { graph: Lineage; place: Place }) {
  const { t } = useTranslation('designer');
  const set = graph.datasets.find((d) => d.id === place.dataset);
  return (
    <span className={classes.place} title={set ? `${set.namespace} ${set.name}` : undefined}>
      <span className={classes.where}>
        {set && <IconDatabase size={12} aria-hidden />}
        {set?.name ?? place.node}
      </span>
      <b>{place.column ?? t('lineage.all_columns')}</b>
    </span>
  );
}
