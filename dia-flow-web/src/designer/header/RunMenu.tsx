import { Button, Menu } from '@mantine/core';
import {
  IconChevronDown,
  IconPin,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconRefreshAlert,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { hasPins, nodeById } from '@/flow-core';
import { useDesigner, useDesignerStore } from '../state/context';
import { canRetry } from '../state/runState';
import type { RunRequest } from '../state/store';

interface Props {
  disabled: boolean;
  onStart: (request: RunRequest) => Promise<void>;
  onRetry: () => Promise<void>;
}

/** The other ways to run. */
export function RunMenu({ disabled, onStart, onRetry }: Props) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const node = useDesigner((s) => (s.selection.length === 1 ? s.selection[0] : undefined));
  const title = useDesigner((s) => (node && nodeById(s.history.document, node)?.title) || node);
  const retryable = useDesigner((s) => canRetry(s.run));
  const pinned = useDesigner((s) => hasPins(s.history.document));
  const pins = useDesigner((s) => s.pins);
  return (
    <Menu width={260}>
      <Menu.Target>
        <Button px={8} disabled={disabled} aria-label={t('run.more')} data-testid="run-menu">
          <IconChevronDown size={16} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconPlayerSkipForward size={16} />}
          disabled={!node}
          onClick={() => node && void onStart({ kind: 'to', node })}
          data-testid="run-to"
        >
          {node ? t('run.to_node', { name: title }) : t('run.to')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconPlayerTrackNext size={16} />}
          disabled={!node}
          onClick={() => node && void onStart({ kind: 'from', node })}
          data-testid="run-from"
        >
          {node ? t('run.from_node', { name: title }) : t('run.from')}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconRefreshAlert size={16} />}
          disabled={!retryable}
          onClick={() => void onRetry()}
          data-testid="run-retry"
        >
          {t('run.retry')}
        </Menu.Item>
        {pinned && (
          <>
            <Menu.Divider />
            <Menu.Item
              role="menuitemcheckbox"
              aria-checked={pins}
              closeMenuOnClick={false}
              leftSection={<IconPin size={16} />}
              rightSection={pins ? '✓' : ''}
              onClick={() => store.getState().patch({ pins: !pins })}
              data-testid="run-pins"
            >
              {t('run.pins')}
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
