import {
  ActionIcon,
  Badge,
  Box,
  Loader,
  SegmentedControl,
  Skeleton,
  Stack,
  Text,
  Tooltip,
} from '@mantine/core';
import {
  IconChartPie,
  IconEye,
  IconForms,
  IconHistory,
  IconPlayerPlay,
  IconPlugConnectedX,
  IconRefresh,
} from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodePreview } from '@/api';
import { StaticGrid } from '@/data/DataGrid';
import { nodeById } from '@/flow-core';
import { useFormat } from '@/lib/format';
import { said } from '@/lib/problems';
import { EmptyState } from '@/ui/EmptyState';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { useDesigner, useDocument } from '../state/context';
import { usePreview, useReadAnew } from '../usePreview';
import classes from './drawer.module.css';
import { lookedText, lookedWhat } from './looked';

/** The first rows of a table node as its form stands, on the first rows of what it stands on. */
export function Preview({ node }: { node: string }) {
  const { t, i18n } = useTranslation('designer');
  const format = useFormat();
  const document = useDocument();
  const [asked, setAsked] = useState<string>();
  const { data, error, isPending, isFetching, refetch } = usePreview(node, { port: asked });
  const anew = useReadAnew(node);
  const type = useDesigner((s) => s.types.get(nodeById(document, node)?.type ?? ''));
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const outputs = type?.outputs ?? [];
  const nameOf = (port: string) =>
    outputs.find((each) => each.name === port)?.title?.[language] || port;
  const table = data?.table;
  const profile = useMemo(
    () => (table?.profile ? { rows: table.total, columns: table.profile } : undefined),
    [table],
  );
  if (isPending) return <Waiting />;
  if (error) {
    return (
      <Box p="md">
        <ProblemAlert error={error} onRetry={() => void refetch()} />
      </Box>
    );
  }
  return (
    <div className={classes.data}>
      <div className={classes.previewBar} data-testid="preview-bar">
        <Badge variant="light" size="sm" tt="none">
          {t('preview.title')}
        </Badge>
        {outputs.length > 1 && data.port && (
          <PortChoice
            port={asked ?? data.port}
            ports={data.ports ?? []}
            nameOf={nameOf}
            onChoose={setAsked}
          />
        )}
        {table && (
          <Text fz={12.5} className="tabular">
            {t(table.whole && !table.sampled ? 'preview.rows' : 'preview.first', {
              count: table.total,
              n: format.number(table.total),
            })}
          </Text>
        )}
        {table && table.rows.length < table.total && (
          <Text fz={12.5} c="var(--app-muted)">
            {t('preview.shown', {
              count: table.rows.length,
              n: format.number(table.rows.length),
            })}
          </Text>
        )}
        {data.looked?.map((looked) => (
          <Tooltip key={looked.node} label={t('preview.looked_help')} multiline maw={320}>
            <Badge
              variant="light"
              color="orange"
              size="sm"
              tt="none"
              leftSection={<IconEye size={12} />}
              data-testid="preview-looked"
              tabIndex={0}
            >
              {t(lookedText(looked), {
                what: lookedWhat(looked),
                at: format.relative(looked.at),
                node: nodeById(document, looked.node)?.title || looked.node,
                count: looked.objects,
                n: format.number(looked.objects),
                of: format.number(looked.of),
              })}
            </Badge>
          </Tooltip>
        ))}
        {data.looked?.length ? (
          <Tooltip label={t('preview.anew')}>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={t('preview.anew')}
              loading={anew.isPending}
              onClick={() => anew.mutate()}
              data-testid="preview-anew"
            >
              <IconRefresh size={14} />
            </ActionIcon>
          </Tooltip>
        ) : null}
        {table?.sampled && !data.looked?.length && (
          <Tooltip label={t('preview.sampled_help')} multiline maw={320}>
            <Badge
              variant="light"
              color="orange"
              size="sm"
              tt="none"
              leftSection={<IconChartPie size={12} />}
              data-testid="preview-sampled"
              tabIndex={0}
            >
              {t('preview.sampled')}
            </Badge>
          </Tooltip>
        )}
        {data.earlier && (
          <Tooltip label={t('preview.earlier_help')} multiline maw={320}>
            <Badge
              variant="light"
              color="orange"
              size="sm"
              tt="none"
              leftSection={<IconHistory size={12} />}
              className={classes.earlier ?? ''}
              data-testid="preview-earlier"
              tabIndex={0}
            >
              {t('preview.earlier', {
                nodes: data.earlier
                  .map((e) => nodeById(document, e.node)?.title || e.node)
                  .join(', '),
              })}
            </Badge>
          </Tooltip>
        )}
        {isFetching && <Loader size={12} />}
      </div>
      {data.problem ? (
        <Unseen problem={data.problem} node={node} />
      ) : (
        <div className={classes.value}>
          <StaticGrid
            rows={table?.rows ?? []}
            columns={table?.columns ?? []}
            {...(profile ? { profile } : {})}
            label={t('preview.title')}
          />
        </div>
      )}
    </div>
  );
}

interface UnseenProps {
  problem: NonNullable<NodePreview['problem']>;
  node: string;
}

/** Why there are no rows to see: nothing is wrong with what has only not been connected, filled in or run yet. */
function Unseen({ problem, node }: UnseenProps) {
  const { t } = useTranslation('designer');
  const document = useDocument();
  const id = problem.node || node;
  const name = nodeById(document, id)?.title || id;
  if (problem.code === 'preview_unavailable') {
    return (
      <EmptyState icon={IconPlayerPlay} title={t('preview.needs_run', { node: name })} compact>
        {said(problem)} {t('preview.needs_run_help')}
      </EmptyState>
    );
  }
  if (problem.code === 'input_missing') {
    return (
      <EmptyState icon={IconPlugConnectedX} title={t('preview.nothing_in', { node: name })} compact>
        {t('preview.nothing_in_help')}
      </EmptyState>
    );
  }
  if (problem.code === 'missing_field') {
    return (
      <EmptyState icon={IconForms} title={t('preview.to_fill', { node: name })} compact>
        {said(problem)}
      </EmptyState>
    );
  }
  return (
    <Box p="md">
      <ProblemAlert
        error={problem}
        title={id === node ? t('preview.problem') : t('preview.problem_in', { node: name })}
      />
    </Box>
  );
}

interface PortChoiceProps {
  port: string;
  ports: string[];
  nameOf: (port: string) => string;
  onChoose: (port: string) => void;
}

/** Says which output is shown, and lets people look at another where there is one. */
function PortChoice({ port, ports, nameOf, onChoose }: PortChoiceProps) {
  const { t } = useTranslation('designer');
  if (ports.length < 2) {
    return (
      <Text fz={12.5} fw={550} data-testid="preview-port">
        {nameOf(port)}
      </Text>
    );
  }
  return (
    <SegmentedControl
      size="xs"
      value={port}
      onChange={onChoose}
      data={ports.map((each) => ({ value: each, label: nameOf(each) }))}
      aria-label={t('drawer.choose')}
      data-testid="preview-port"
    />
  );
}

function Waiting() {
  return (
    <Stack gap={8} p="md" aria-busy="true">
      <Skeleton h={28} />
      <Skeleton h={20} />
      <Skeleton h={20} />
    </Stack>
  );
}
