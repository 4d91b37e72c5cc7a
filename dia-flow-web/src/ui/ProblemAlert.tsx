import { Alert, Button, Group, List, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type CSSProperties, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Detail, type Failure, toApiError } from '@/api';
import { said, saidHint } from '@/lib/problems';

interface Shown {
  code: string;
  message: string;
  hint?: string | undefined;
  details: Detail[];
  requestId?: string;
}

function shown(error: unknown): Shown {
  if (isFailure(error)) {
    return {
      code: error.code,
      message: said(error),
      hint: saidHint(error),
      details: error.details ?? [],
    };
  }
  const problem = toApiError(error);
  return {
    code: problem.code,
    message: problem.message,
    hint: problem.hint,
    details: problem.details,
    requestId: problem.requestId,
  };
}

function isFailure(error: unknown): error is Failure {
  return (
    typeof error === 'object' && error !== null && !(error instanceof Error) && 'code' in error
  );
}

interface ProblemAlertProps {
  /** What a request threw, or the failure of a run or step. */
  error: unknown;
  title?: string;
  onRetry?: () => void;
  /** It is being tried once more, which may take its time. */
  retrying?: boolean;
}

/** The theme's own red shouts in the dark. */
const QUIET = {
  '--alert-bg': 'light-dark(#fdf3f3, #2b1d20)',
  '--alert-color': 'light-dark(#b3261e, #f28b8b)',
} as CSSProperties;

/** An error as people need it: what is wrong, where, and what to do. */
export function ProblemAlert({ error, title, onRetry, retrying = false }: ProblemAlertProps) {
  const { t } = useTranslation('common');
  const problem = shown(error);
  const message = problem.code === 'unreachable' ? t('error.unreachable') : problem.message;
  return (
    <Alert
      color="red"
      variant="light"
      style={QUIET}
      icon={<IconAlertTriangle size={18} />}
      title={title ?? t('error.title')}
      data-testid="problem"
    >
      <Message key={message} text={message} />
      {problem.details.length > 0 && (
        <List size="sm" mt={6} spacing={2}>
          {problem.details.map((detail) => (
            <List.Item key={`${detail.node}/${detail.field}/${detail.line}/${detail.message}`}>
              <DetailText detail={detail} whole={problem.message} />
            </List.Item>
          ))}
        </List>
      )}
      {problem.hint && (
        <Text size="sm" mt={6} fw={500}>
          {problem.hint}
        </Text>
      )}
      <Group gap="md" mt={onRetry || problem.requestId ? 8 : 0}>
        {onRetry && (
          <Button
            size="compact-sm"
            variant="light"
            color="red"
            onClick={onRetry}
            loading={retrying}
          >
            {t('action.retry')}
          </Button>
        )}
        {problem.requestId && (
          <Text size="xs" style={{ color: 'var(--app-muted)' }}>
            {t('error.requestId', { id: problem.requestId })}
          </Text>
        )}
      </Group>
    </Alert>
  );
}

// pip names every version that it has looked at.
const LONG = 600;
const CUT = 400;

function Message({ text }: { text: string }) {
  const { t } = useTranslation('common');
  const [whole, setWhole] = useState(text.length <= LONG);
  return (
    <>
      <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {whole ? text : `${text.slice(0, CUT)}…`}
      </Text>
      {!whole && (
        <Button
          size="compact-sm"
          variant="subtle"
          color="red"
          px={0}
          onClick={() => setWhole(true)}
          data-testid="problem-all"
        >
          {t('error.showAll')}
        </Button>
      )}
    </>
  );
}

/** A problem with a single place says the same in both; only the place is new then. */
function DetailText({ detail, whole }: { detail: Detail; whole: string }) {
  const { t } = useTranslation('common');
  const place = [
    detail.node && t('place.node', { node: detail.node }),
    detail.field,
    detail.file,
    detail.line && t('place.line', { line: detail.line }),
    detail.column && t('place.column', { column: detail.column }),
    detail.row && t('place.row', { row: detail.row }),
  ].filter(Boolean);
  const message = said(detail);
  const repeats = place.length > 0 && whole.includes(message.replace(/[.。]$/, ''));
  return (
    <>
      {place.length > 0 && (
        <Text span size="sm" ff="monospace" fw={500}>
          {place.join(', ')}
          {!repeats && ': '}
        </Text>
      )}
      {!repeats && message}
    </>
  );
}
