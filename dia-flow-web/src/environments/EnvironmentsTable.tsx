import { Anchor, Badge, Skeleton, Stack, Table, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Environment } from '@/api';
import { EmptyState } from '@/ui/EmptyState';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import { EnvironmentStatusBadge } from './EnvironmentStatusBadge';
import { environmentsQuery } from './queries';
import { packagesOf } from './requirements';

const FEW = 8;

export function EnvironmentsTable() {
  const { t } = useTranslation('environments');
  const environments = useQuery(environmentsQuery);
  const [text, setText] = useState('');
  const wanted = text.trim().toLowerCase();
  const shown = (environments.data ?? []).filter((each) =>
    `${each.name} ${each.title}`.toLowerCase().includes(wanted),
  );
  return (
    <Stack gap="md">
      {(environments.data?.length ?? 0) > FEW && (
        <TextInput
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          leftSection={<IconSearch size={16} />}
          placeholder={t('search')}
          aria-label={t('search')}
          maw={360}
        />
      )}
      {environments.error && (
        <ProblemAlert error={environments.error} onRetry={() => void environments.refetch()} />
      )}
      {environments.isPending && (
        <Stack gap={8} aria-busy="true">
          {['a', 'b', 'c'].map((row) => (
            <Skeleton key={row} h={52} />
          ))}
        </Stack>
      )}
      {environments.isSuccess && shown.length === 0 && (
        <EmptyState icon={IconSearch} title={t('noMatch')} compact />
      )}
      {shown.length > 0 && (
        <TableCard label={t('title')}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('column.name')}</Table.Th>
              <Table.Th>{t('column.requirements')}</Table.Th>
              <Table.Th>{t('column.version')}</Table.Th>
              <Table.Th>{t('column.status')}</Table.Th>
              <Table.Th>{t('column.egress')}</Table.Th>
              <Table.Th>{t('column.updated')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((each) => (
              <Row key={each.name} environment={each} />
            ))}
          </Table.Tbody>
        </TableCard>
      )}
    </Stack>
  );
}

function Row({ environment }: { environment: Environment }) {
  const { t } = useTranslation('environments');
  const packages = packagesOf(environment.requirements);
  return (
    <Table.Tr data-testid="environment-row" data-name={environment.name}>
      <Table.Td>
        <Anchor
          component={Link}
          to={`/environments/${environment.name}`}
          c="inherit"
          fw={550}
          size="sm"
          data-testid="environment-link"
        >
          {environment.name}
        </Anchor>
        {(environment.title || environment.builtin) && (
          <Text size="xs" style={{ color: 'var(--app-muted)' }}>
            {environment.title || t('builtinHelp')}
          </Text>
        )}
      </Table.Td>
      <Table.Td maw={320}>
        <Text size="sm" truncate ff="monospace" fz={12}>
          {packages.length > 0 ? packages.join(', ') : ''}
        </Text>
        {packages.length === 0 && !environment.builtin && (
          <Text size="sm" style={{ color: 'var(--app-muted)' }}>
            {t('nothing')}
          </Text>
        )}
      </Table.Td>
      <Table.Td className="tabular">{environment.version || '–'}</Table.Td>
      <Table.Td>
        {environment.builtin ? (
          <Badge variant="default" tt="none" fw={550}>
            {t('builtin')}
          </Badge>
        ) : environment.last_status ? (
          <EnvironmentStatusBadge status={environment.last_status} />
        ) : (
          <Text size="sm" style={{ color: 'var(--app-muted)' }}>
            {t('notBuilt')}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        <Text
          size="sm"
          style={environment.egress.length ? undefined : { color: 'var(--app-muted)' }}
        >
          {environment.egress.length > 0
            ? t('hosts', { count: environment.egress.length })
            : t('none')}
        </Text>
      </Table.Td>
      <Table.Td>
        {environment.revision > 0 ? <TimeAgo value={environment.updated_at} /> : '–'}
      </Table.Td>
    </Table.Tr>
  );
}
