import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { LineageWay } from '@/api';
import { isDirect } from './trail';

const TEXTS: Record<LineageWay, string> = {
  IDENTITY: 'lineage.way.identity',
  TRANSFORMATION: 'lineage.way.transformation',
  AGGREGATION: 'lineage.way.aggregation',
  JOIN: 'lineage.way.join',
  GROUP_BY: 'lineage.way.group_by',
  FILTER: 'lineage.way.filter',
  SORT: 'lineage.way.sort',
  WINDOW: 'lineage.way.window',
  CONDITIONAL: 'lineage.way.conditional',
};

/** In which ways a column takes part: filled where its values do, in outline where it only decides. */
export function Ways({ ways }: { ways: LineageWay[] }) {
  const { t } = useTranslation('designer');
  return (
    <Group gap={4}>
      {ways.map((way) => (
        <Badge
          key={way}
          size="sm"
          tt="none"
          fw={500}
          variant={isDirect(way) ? 'light' : 'outline'}
          color={isDirect(way) ? undefined : 'gray'}
          styles={isDirect(way) ? {} : { root: { color: 'var(--app-muted)' } }}
        >
          {t(TEXTS[way])}
        </Badge>
      ))}
    </Group>
  );
}
