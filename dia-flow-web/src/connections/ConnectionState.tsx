import { Alert, Text } from '@mantine/core';
import { IconCircleCheck, IconPlugConnectedX } from '@tabler/icons-react';
import { type CSSProperties, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConnectionTest } from '@/api';
import { StatusIcon } from '@/ui/StatusBadge';
import classes from '@/ui/StatusBadge.module.css';

/** What the last test has found, in the colours of steps. */
export function ConnectionState({ test }: { test: ConnectionTest | undefined }) {
  const { t } = useTranslation('connections');
  const status = !test ? 'queued' : test.ok ? 'succeeded' : 'failed';
  return (
    <span className={classes.badge} data-status={status} data-testid="connection-state">
      <StatusIcon status={status} size={14} />
      {t(test ? (test.ok ? 'state.works' : 'state.fails') : 'state.untested')}
    </span>
  );
}

/** The theme's own colours are too pale for texts. */
const good = {
  '--alert-bg': 'light-dark(#eef8f1, #17281e)',
  '--alert-color': 'light-dark(#1f6b3a, #7fd39b)',
} as CSSProperties;
const bad = {
  '--alert-bg': 'light-dark(#fdf3f3, #2b1d20)',
  '--alert-color': 'light-dark(#b3261e, #f28b8b)',
} as CSSProperties;

/** What a test has found, with what to do. */
export function TestResult({ test }: { test: ConnectionTest }) {
  const { t } = useTranslation('connections');
  const place = useRef<HTMLDivElement>(null);
  // The form may be longer than the dialog: whoever tests sees what comes of it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each test is shown anew
  useEffect(() => {
    place.current?.scrollIntoView?.({ block: 'nearest' });
  }, [test]);
  return (
    <Alert
      ref={place}
      style={test.ok ? good : bad}
      variant="light"
      icon={test.ok ? <IconCircleCheck size={18} /> : <IconPlugConnectedX size={18} />}
      title={t(test.ok ? 'test.works' : 'test.fails')}
      role="status"
      data-testid="connection-test-result"
      data-ok={test.ok}
    >
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {test.message}
      </Text>
      {test.hint && (
        <Text size="sm" mt={6} fw={500}>
          {test.hint}
        </Text>
      )}
    </Alert>
  );
}
