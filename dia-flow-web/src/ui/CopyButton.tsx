import { ActionIcon, CopyButton as Copier, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

export function CopyButton({
  value,
  label,
  size = 16,
}: {
  value: string;
  label?: string;
  size?: number;
}) {
  const { t } = useTranslation('common');
  return (
    <Copier value={value} timeout={1500}>
      {({ copied, copy }) => {
        const text = copied ? t('action.copied') : (label ?? t('action.copy'));
        return (
          <Tooltip label={text}>
            <ActionIcon
              size={size + 8}
              onClick={copy}
              aria-label={text}
              color={copied ? 'green' : 'gray'}
            >
              {copied ? <IconCheck size={size} /> : <IconCopy size={size} />}
            </ActionIcon>
          </Tooltip>
        );
      }}
    </Copier>
  );
}
