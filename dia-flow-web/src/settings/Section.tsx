import { Paper, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

/** One subject of the settings on a card of its own. */
export function Section({
  title,
  text,
  children,
}: {
  title: string;
  text?: string;
  children: ReactNode;
}) {
  return (
    <Paper
      withBorder
      p="lg"
      mb="md"
      bg="var(--app-surface)"
      style={{ borderColor: 'var(--app-line)' }}
    >
      <Title order={2} fz={16} mb={text ? 2 : 'md'}>
        {title}
      </Title>
      {text && (
        <Text size="sm" mb="md" style={{ color: 'var(--app-muted)' }}>
          {text}
        </Text>
      )}
      {children}
    </Paper>
  );
}
