import { ActionIcon, Modal, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconArrowsMaximize } from '@tabler/icons-react';
import type { KeyboardEvent, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { isRunKey, pressRun } from '../state/useShortcuts';
import classes from './code.module.css';

interface Props {
  /** Heading of the large window. */
  title: string;
  /** Draws the editor: in the form, or filling the large window. */
  children: (large: boolean) => ReactNode;
  /** What stands below the editor in both places. */
  below?: ReactNode;
  /** Further buttons beside the one that enlarges. */
  tools?: ReactNode;
}

/** A code editor with a button that moves it into a large window. */
export function Enlargeable({ title, children, below, tools }: Props) {
  const { t } = useTranslation('designer');
  const [large, { open, close }] = useDisclosure(false);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!isRunKey(event)) return;
    event.preventDefault();
    close();
    pressRun();
  };
  return (
    <div className={classes.enlargeable} data-tools={Boolean(tools) || undefined}>
      <div className={classes.tools}>
        {tools}
        <Tooltip label={t('python.enlarge')}>
          <ActionIcon size={24} onClick={open} aria-label={t('python.enlarge')}>
            <IconArrowsMaximize size={14} />
          </ActionIcon>
        </Tooltip>
      </div>
      {!large && children(false)}
      {below}
      <Modal opened={large} onClose={close} size="90%" title={title} centered onKeyDown={onKeyDown}>
        <div className={classes.large}>{large && children(true)}</div>
        {below}
      </Modal>
    </div>
  );
}
