import { Alert, Button, Group, Text } from '@mantine/core';
import {
  IconCircleCheck,
  IconHistory,
  IconPlugConnected,
  IconPlugConnectedX,
} from '@tabler/icons-react';
import { type CSSProperties, useEffect, useRef } from 'react';
import { Trans, useTranslation } from 'react-i18next';
import type { ConnectionTest } from '@/api';
import { said, saidHint } from '@/lib/problems';
import { StatusIcon } from '@/ui/StatusBadge';
import classes from '@/ui/StatusBadge.module.css';
import { TimeAgo } from '@/ui/Time';

/** What the last test has found, in the colours of steps. */
export function ConnectionState({ test }: { test: ConnectionTest | undefined }) {
  const { t } = useTranslation('connections');
  const status = !test || test.outdated ? 'queued' : test.ok ? 'succeeded' : 'failed';
  const state = !test ? 'untested' : test.outdated ? 'outdated' : test.ok ? 'works' : 'fails';
  return (
    <span className={classes.badge} data-status={status} data-testid="connection-state">
      <StatusIcon status={status} size={14} />
      {t(`state.${state}`)}
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

const old = {
  '--alert-bg': 'light-dark(#f1f2f6, #22252d)',
  '--alert-color': 'light-dark(#495060, #b9bfcd)',
} as CSSProperties;

interface TestResultProps {
  test: ConnectionTest;
  /** Tests once more; absent where the result has just come. */
  onAgain?: (() => void) | undefined;
  busy?: boolean;
}

/** What a test has found, when, and what to do. */
export function TestResult({ test, onAgain, busy = false }: TestResultProps) {
  const { t } = useTranslation('connections');
  const place = useRef<HTMLDivElement>(null);
  // The form may be longer than the dialog: whoever tests sees what comes of it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: each test is shown anew
  useEffect(() => {
    place.current?.scrollIntoView?.({ block: 'nearest' });
  }, [test]);
  const outdated = test.outdated ?? false;
  const time = <TimeAgo value={test.at} />;
  return (
    <Alert
      ref={place}
      style={outdated ? old : test.ok ? good : bad}
      variant="light"
      icon={
        outdated ? (
          <IconHistory size={18} />
        ) : test.ok ? (
          <IconCircleCheck size={18} />
        ) : (
          <IconPlugConnectedX size={18} />
        )
      }
      title={t(outdated ? 'test.outdated' : test.ok ? 'test.works' : 'test.fails')}
      role="status"
      data-testid="connection-test-result"
      data-ok={test.ok}
      data-outdated={outdated}
    >
      <Group justify="space-between" align="flex-end" gap="md" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          {outdated ? (
            <Text size="sm">
              <Trans
                t={t}
                i18nKey={test.ok ? 'test.worked' : 'test.failed'}
                components={{ time }}
              />
            </Text>
          ) : (
            <>
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {said(test)}
              </Text>
              {test.hint && (
                <Text size="sm" mt={6} fw={500}>
                  {saidHint(test)}
                </Text>
              )}
              {onAgain && (
                <Text size="xs" mt={6} style={{ color: 'var(--app-muted)' }}>
                  <Trans t={t} i18nKey="test.tested" components={{ time }} />
                </Text>
              )}
            </>
          )}
        </div>
        {onAgain && (
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlugConnected size={14} />}
            onClick={onAgain}
            loading={busy}
            style={{ flexShrink: 0 }}
            data-testid="connection-test"
          >
            {t('test.again')}
          </Button>
        )}
      </Group>
    </Alert>
  );
}
