import { ThemeIcon } from '@mantine/core';
import type { NodeType } from '@/flow-core';
import { familyColor, familyOf, iconOf } from './families';

/** The coloured tile by which a node's family is told at a glance. */
export function TypeIcon({
  name,
  type,
  size = 36,
}: {
  name: string;
  type?: NodeType | undefined;
  size?: number;
}) {
  const family = familyOf(type, name);
  const Icon = iconOf(name);
  return (
    <ThemeIcon
      variant="light"
      color={familyColor(family)}
      size={size}
      radius={size > 28 ? 'md' : 'sm'}
      aria-hidden
    >
      <Icon size={Math.round(size * 0.58)} stroke={1.7} />
    </ThemeIcon>
  );
}
