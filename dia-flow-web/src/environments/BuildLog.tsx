import { Group, Loader, Select, Text } from '@mantine/core';
import { IconFileText } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { EnvironmentVersion } from '@/api';
import { LogList } from '@/runs/detail/LogList';
import { EmptyState } from '@/ui/EmptyState';
import { EnvironmentStatusBadge } from './EnvironmentStatusBadge';
import classes from './environments.module.css';
import { useBuildLog } from './useBuildLog';

interface Props {
  name: string;
  versions: EnvironmentVersion[];
  /** Of which version; 0 is the newest. */
  version: number;
  onChoose: (version: number) => void;
}

/** What a build says, live. */
export function BuildLog({ name, versions, version, onChoose }: Props) {
  const { t } = useTranslation('environments');
  const shown = versions.find((each) => each.version === version) ?? versions[0];
  const log = useBuildLog(name, shown?.version ?? 0);
  const [follow, setFollow] = useState(true);
  if (!shown) {
    return (
      <EmptyState icon={IconFileText} title={t('log.none')}>
        {t('log.noneHelp')}
      </EmptyState>
    );
  }
  return (
    <div className={classes.log}>
      <Group gap="sm" className={classes.logHead}>
        <Select
          size="xs"
          w={150}
          value={String(shown.version)}
          onChange={(next) => next && onChoose(Number(next))}
          data={versions.map((each) => ({
            value: String(each.version),
            label: t('versionN', { version: each.version }),
          }))}
          allowDeselect={false}
          aria-label={t('log.choose')}
        />
        <EnvironmentStatusBadge status={shown.status} />
        {!log.ended && <Loader size={14} />}
      </Group>
      {log.lines.length === 0 ? (
        <Text size="sm" p="lg" ta="center" style={{ color: 'var(--app-muted)' }}>
          {t('log.waiting')}
        </Text>
      ) : (
        <LogList lines={log.lines} follow={follow} onFollow={setFollow} withNode={false} />
      )}
    </div>
  );
}
