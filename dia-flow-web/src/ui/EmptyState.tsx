import { Stack, Text, ThemeIcon, Title } from '@mantine/core';
import type { ComponentType, ReactNode } from 'react';

export interface EmptyStateProps {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  children?: ReactNode;
  actions?: ReactNode;
  compact?: boolean;
}

/** Says why there is nothing and what leads on. */
export function EmptyState({ icon: Icon, title, children, actions, compact }: EmptyStateProps) {
  return (
    <Stack align="center" gap="sm" py={compact ? 32 : 64} px="md" ta="center" data-testid="empty">
      <ThemeIcon size={compact ? 44 : 56} radius="xl" variant="light" color="indigo">
        <Icon size={compact ? 22 : 28} stroke={1.6} />
      </ThemeIcon>
      <Title order={2} fz={compact ? 15 : 18}>
        {title}
      </Title>
      {children && (
        <Text size="sm" maw={460} style={{ color: 'var(--app-muted)' }} component="div">
          {children}
        </Text>
      )}
      {actions}
    </Stack>
  );
}
