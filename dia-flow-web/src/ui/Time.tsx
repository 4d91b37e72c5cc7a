import { Text, type TextProps, Tooltip } from '@mantine/core';
import { useFormat } from '@/lib/format';
import { useNow } from './useNow';

interface TimeAgoProps extends TextProps {
  value: string;
}

/** "5 minutes ago", with the exact time as a tooltip. */
export function TimeAgo({ value, ...text }: TimeAgoProps) {
  const format = useFormat();
  const now = useNow(30_000);
  return (
    <Tooltip label={format.dateTime(value)}>
      <Text span inherit {...text}>
        <time dateTime={value}>{format.relative(value, Math.max(now, Date.now()))}</time>
      </Text>
    </Tooltip>
  );
}

interface DurationProps {
  from?: string;
  to?: string;
  /** Counts on while there is no end. */
  live?: boolean;
}

/** Time between two moments; keeps counting while live. */
export function Duration({ from, to, live = false }: DurationProps) {
  const format = useFormat();
  const counting = live && !to;
  const now = useNow(counting ? 500 : 0);
  if (!from || (!to && !live)) return <span className="tabular">–</span>;
  const end = to ? new Date(to).getTime() : Math.max(now, Date.now());
  return (
    <span className="tabular">{format.duration(Math.max(0, end - new Date(from).getTime()))}</span>
  );
}
