import { Badge, Group, Skeleton, Stack, Table, Text } from '@mantine/core';
import { IconShieldCheck, IconShieldX } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getSystem, keys, type System } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { PythonPolicySection } from './PythonPolicySection';
import { Section } from './Section';

const colors: Record<System['services'][number]['status'], string> = {
  ok: 'green',
  starting: 'blue',
  degraded: 'yellow',
  failed: 'red',
};

/** Version, services and the layers of the sandbox. */
export function SystemTab() {
  const { t } = useTranslation('settings');
  const system = useQuery({
    queryKey: keys.system,
    queryFn: ({ signal }) => getSystem(signal),
    refetchInterval: 10_000,
  });
  if (system.isPending) return <Skeleton h={240} />;
  if (system.error) {
    return <ProblemAlert error={system.error} onRetry={() => void system.refetch()} />;
  }
  const { version, services, sandbox } = system.data;
  return (
    <>
      <Section title={t('system.title')} text={t('system.version', { version })}>
        <Table aria-label={t('system.services')} verticalSpacing="xs">
          <Table.Tbody>
            {(services ?? []).map((service) => (
              <Table.Tr key={service.name}>
                <Table.Td fw={550} w={200}>
                  {service.name}
                </Table.Td>
                <Table.Td w={140}>
                  <Badge variant="dot" color={colors[service.status] ?? 'gray'} tt="none" fw={500}>
                    {t(`system.status.${service.status}`, { defaultValue: service.status })}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  <Text size="sm" style={{ color: 'var(--app-muted)' }}>
                    {service.detail}
                  </Text>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Section>
      <Section title={t('system.sandbox')} text={t('system.sandboxText')}>
        {sandbox?.layers?.length ? (
          <Stack gap="xs">
            {sandbox.layers.map((layer) => (
              <Group key={layer.name} gap="sm" wrap="nowrap" align="flex-start">
                {layer.active ? (
                  <IconShieldCheck size={20} stroke={1.6} color="var(--mantine-color-green-7)" />
                ) : (
                  <IconShieldX size={20} stroke={1.6} color="var(--mantine-color-red-7)" />
                )}
                <div>
                  <Text size="sm" fw={550}>
                    {t(`system.layer.${layer.name}`, { defaultValue: layer.name })}
                  </Text>
                  <Text size="xs" style={{ color: 'var(--app-muted)' }}>
                    {layer.detail}
                  </Text>
                </div>
              </Group>
            ))}
          </Stack>
        ) : (
          <Text size="sm">{t('system.noSandbox')}</Text>
        )}
      </Section>
      <PythonPolicySection />
    </>
  );
}
