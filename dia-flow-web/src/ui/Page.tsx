import { Box, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useEffect } from 'react';
import classes from './Page.module.css';

interface PageProps {
  title: ReactNode;
  /** Title of the window when title is more than a text. */
  windowTitle?: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Above the title, for example the way back. */
  above?: ReactNode;
  /** Fills the window instead of growing with its content. */
  fill?: boolean;
  narrow?: boolean;
  children: ReactNode;
}

/** The frame of a screen: title, actions on the right, content. */
export function Page(props: PageProps) {
  const { title, windowTitle, description, actions, above, fill, narrow, children } = props;
  const name = windowTitle ?? (typeof title === 'string' ? title : undefined);
  useEffect(() => {
    document.title = name ? `${name} · Dataflow` : 'Dataflow';
  }, [name]);
  return (
    <Box className={classes.page} data-fill={fill || undefined} data-narrow={narrow || undefined}>
      {above}
      <Group
        justify="space-between"
        align="flex-start"
        className={classes.header}
        wrap="wrap"
        gap="sm"
      >
        <Stack gap={4} miw={0}>
          {typeof title === 'string' ? (
            <Title order={1} fz={22} lh="32px">
              {title}
            </Title>
          ) : (
            title
          )}
          {description && (
            <Text size="sm" className={classes.description}>
              {description}
            </Text>
          )}
        </Stack>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
