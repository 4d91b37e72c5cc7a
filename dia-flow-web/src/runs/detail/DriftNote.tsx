import { Alert, Anchor, Collapse, Group, Text, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowsDiff, IconChevronDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { getRunDrift, isFinal, keys, type Run } from '@/api';
import { DriftTable } from '@/data/DriftTable';
import classes from './detail.module.css';

/** How the tables of a run that has ended differ from what was agreed on, or from the run before. */
export function DriftNote({ run, onSelect }: { run: Run; onSelect: (node: string) => void }) {
  const { t } = useTranslation('runs');
  const [open, { toggle }] = useDisclosure(false);
  const { data } = useQuery({
    queryKey: keys.runDrift(run.id),
    queryFn: ({ signal }) => getRunDrift(run.id, signal),
    enabled: isFinal(run.status),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // What failed a step is told with the step.
  const steps = (data?.steps ?? []).filter((step) =>
    step.columns.some((each) => each.done !== 'failed'),
  );
  if (!data || steps.length === 0) return null;
  const count = steps.reduce((sum, step) => sum + step.columns.length, 0);
  return (
    <Alert
      variant="default"
      color="blue"
      icon={<IconArrowsDiff size={18} />}
      className={classes.drift}
      data-testid="drift-note"
    >
      <UnstyledButton onClick={toggle} aria-expanded={open} w="100%">
        <Group justify="space-between" wrap="nowrap">
          <Text fz="sm" fw={550}>
            {t('drift.title', { count })}
          </Text>
          <IconChevronDown size={16} style={{ transform: open ? 'rotate(180deg)' : undefined }} />
        </Group>
      </UnstyledButton>
      <Collapse expanded={open}>
        {data.against && steps.some((step) => !step.contract) && (
          <Text fz={12.5} mt={4}>
            {t('drift.against')}{' '}
            <Anchor component={Link} to={`/runs/${data.against}`} fz={12.5}>
              {t('drift.before')}
            </Anchor>
          </Text>
        )}
        {steps.map((step) => (
          <div key={step.step}>
            <Group gap={8} mt="sm">
              <UnstyledButton onClick={() => onSelect(step.step)}>
                <Text fz={13} fw={600} td="underline">
                  {step.title || step.step}
                </Text>
              </UnstyledButton>
              <Text fz={12}>{t(step.contract ? 'drift.contract' : 'drift.no_contract')}</Text>
            </Group>
            <DriftTable drift={step.columns} />
          </div>
        ))}
      </Collapse>
    </Alert>
  );
}
