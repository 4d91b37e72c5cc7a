import { Group, Skeleton, Table, Text, TextInput, Title, Tooltip } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PythonPackage } from '@/api';
import { CopyButton } from '@/ui/CopyButton';
import classes from './environments.module.css';

const MANY = 10;

interface Props {
  title: string;
  /** Absent while they are being asked for. */
  packages?: PythonPackage[];
  python?: string;
  /** Said when there are none. */
  nothing: string;
}

/** The exact packages of a version, each with the hash of its file. */
export function LockedPackages({ title, packages, python, nothing }: Props) {
  const { t } = useTranslation('environments');
  const [text, setText] = useState('');
  const shown = (packages ?? []).filter((each) => each.name.includes(text.trim().toLowerCase()));
  return (
    <section className={classes.card}>
      <div className={classes.cardHead}>
        <Title order={2} fz={16}>
          {title}
        </Title>
        <Text size="xs" style={{ color: 'var(--app-muted)' }}>
          {[
            python && t('python', { version: python }),
            packages?.length && t('packages', { count: packages.length }),
          ]
            .filter(Boolean)
            .join(' · ')}
        </Text>
      </div>
      {!packages && <Skeleton h={160} mt="sm" />}
      {packages?.length === 0 && (
        <Text size="sm" mt="xs" style={{ color: 'var(--app-muted)' }}>
          {nothing}
        </Text>
      )}
      {packages && packages.length > MANY && (
        <TextInput
          size="xs"
          mt={8}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          leftSection={<IconSearch size={14} />}
          placeholder={t('lockedSearch')}
          aria-label={t('lockedSearch')}
        />
      )}
      {packages && packages.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
        <div className={classes.packages} tabIndex={0} role="region" aria-label={title}>
          <Table verticalSpacing={6} aria-label={title} data-testid="locked-packages">
            <Table.Tbody>
              {shown.map((each) => (
                <Table.Tr key={each.name} data-testid="locked-package">
                  <Table.Td>
                    <Text size="sm" ff="monospace" fz={12.5}>
                      {each.name}
                    </Text>
                  </Table.Td>
                  <Table.Td className="tabular">{each.version}</Table.Td>
                  <Table.Td>
                    {each.sha256 && (
                      <Group gap={4} wrap="nowrap" justify="flex-end">
                        <Tooltip label={t('sha', { sha: each.sha256 })} multiline maw={360}>
                          <Text ff="monospace" fz={11} style={{ color: 'var(--app-muted)' }}>
                            {each.sha256.slice(0, 12)}…
                          </Text>
                        </Tooltip>
                        <CopyButton
                          value={each.sha256}
                          label={t('sha', { sha: each.name })}
                          size={13}
                        />
                      </Group>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}
