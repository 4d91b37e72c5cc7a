import { Group, Skeleton, Stack } from '@mantine/core';
import { Page } from '@/ui/Page';

/** The outline of a screen while its code arrives. */
export function Pending() {
  return (
    <Page title={<Skeleton h={32} w={180} />}>
      <Stack gap="sm" aria-busy="true">
        <Group gap="sm">
          <Skeleton h={36} w={280} />
          <Skeleton h={36} w={120} />
        </Group>
        {['a', 'b', 'c', 'd', 'e', 'f'].map((row) => (
          <Skeleton key={row} h={48} />
        ))}
      </Stack>
    </Page>
  );
}
