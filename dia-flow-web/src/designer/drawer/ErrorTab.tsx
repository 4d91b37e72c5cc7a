import { Button, Text } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ErrorDetail } from '@/flow-core';
import { said, saidHint } from '@/lib/problems';
import { useDesigner, useDesignerStore } from '../state/context';
import classes from './drawer.module.css';

/** Why a step or run failed, in words a person can act on, with a way to the place. */
export function ErrorTab({ nodeId }: { nodeId: string | undefined }) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const error = useDesigner((s) => (nodeId ? s.steps[nodeId]?.error : s.run?.error));
  if (!error) return null;
  const target = (detail: ErrorDetail) => detail.node ?? nodeId;
  const place = (detail: ErrorDetail) =>
    [
      detail.field,
      detail.file,
      detail.line && t('place.line', { n: detail.line }),
      detail.column && t('place.column', { n: detail.column }),
      detail.row && t('place.row', { n: detail.row }),
    ]
      .filter(Boolean)
      .join(' · ');
  return (
    <div className={classes.errorCard} role="alert" data-testid="error-card">
      <IconAlertTriangle size={20} className={classes.errorIcon} />
      <div style={{ minWidth: 0, flex: 1 }}>
        <Text fw={600} fz="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {said(error)}
        </Text>
        {error.hint && (
          <Text fz="sm" mt={4}>
            {saidHint(error)}
          </Text>
        )}
        {(error.details ?? []).map((detail) => {
          const node = target(detail);
          return (
            <div key={`${detail.field}${detail.line}${detail.message}`} className={classes.detail}>
              {place(detail) && <code>{place(detail)}</code>}
              <pre>{said(detail)}</pre>
              {node && (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  rightSection={<IconArrowRight size={13} />}
                  onClick={() =>
                    store
                      .getState()
                      .goTo({ node, ...(detail.field ? { field: detail.field } : {}) })
                  }
                >
                  {t('drawer.go')}
                </Button>
              )}
            </div>
          );
        })}
        <Text fz="xs" c="var(--app-muted)" mt={8} ff="monospace">
          {error.code}
        </Text>
      </div>
    </div>
  );
}
