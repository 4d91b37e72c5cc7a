import { Stack, Text, UnstyledButton } from '@mantine/core';
import { IconArrowRight, IconFeather } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { keys } from '@/api';
import { ProblemAlert } from '@/ui/ProblemAlert';
import classes from './Examples.module.css';
import { installExample, listExamples } from './examples';

/** Shipped flows that run at once, with their data. */
export function Examples() {
  const { t } = useTranslation('flows');
  const client = useQueryClient();
  const navigate = useNavigate();
  const examples = useMemo(listExamples, []);
  const install = useMutation({
    mutationFn: installExample,
    onSuccess: async (flowId) => {
      await client.invalidateQueries({ queryKey: keys.flows });
      await client.invalidateQueries({ queryKey: keys.files });
      await navigate({ to: '/flows/$flowId', params: { flowId } });
    },
  });
  if (examples.length === 0) return null;
  return (
    <Stack gap="xs" w="100%" maw={460}>
      <Text size="xs" fw={550} style={{ color: 'var(--app-muted)' }}>
        {t('examples.heading')}
      </Text>
      {examples.map((example) => (
        <UnstyledButton
          key={example.name}
          className={classes.card}
          disabled={install.isPending}
          onClick={() => install.mutate(example)}
          data-testid={`example-${example.name}`}
        >
          <span className={classes.icon}>
            <IconFeather size={20} stroke={1.6} />
          </span>
          <span className={classes.text}>
            <Text size="sm" fw={550}>
              {t(`examples.${example.name}.title`, { defaultValue: example.name })}
            </Text>
            <Text size="xs" style={{ color: 'var(--app-muted)' }}>
              {t(`examples.${example.name}.text`, { defaultValue: '' })}
            </Text>
          </span>
          <IconArrowRight size={16} />
        </UnstyledButton>
      ))}
      {install.error && <ProblemAlert error={install.error} />}
    </Stack>
  );
}
