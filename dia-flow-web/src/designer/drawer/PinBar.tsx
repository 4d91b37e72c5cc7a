import { Button, SegmentedControl, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPencil, IconPin, IconPinnedOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FlowNode, outputPorts, setNodeField } from '@/flow-core';
import { useDesigner, useDesignerStore } from '../state/context';
import classes from './drawer.module.css';
import { pinOfStep, UnpinnableError } from './pinOfStep';

interface Props {
  node: FlowNode;
  /** Which of the two is shown below. */
  shown: 'run' | 'pin';
  onShow: (shown: 'run' | 'pin') => void;
  onEdit: (start: Record<string, unknown>) => void;
}

/** Pins what a node gave, so that test runs take it in place of carrying the node out. */
export function PinBar({ node, shown, onShow, onEdit }: Props) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const step = useDesigner((s) => s.steps[node.id]);
  const type = useDesigner((s) => s.types.get(node.type));
  const [busy, setBusy] = useState(false);
  const pinned = node.pin !== undefined;
  const gave = Object.keys(step?.outputs ?? {}).length > 0;
  const set = (pin: Record<string, unknown> | undefined) =>
    store.getState().edit(setNodeField(node.id, ['pin'], pin));

  const pin = async () => {
    if (!step) return;
    setBusy(true);
    try {
      const { pin: data, cut } = await pinOfStep(step);
      set(data);
      onShow('pin');
      if (cut) notifications.show({ message: t('pin.cut', { count: cut }), color: 'yellow' });
    } catch (error) {
      const reason = error instanceof UnpinnableError ? t(`pin.cannot_${error.reason}`) : '';
      notifications.show({
        color: 'red',
        title: t('pin.cannot'),
        message: reason || (error instanceof Error ? error.message : String(error)),
      });
    } finally {
      setBusy(false);
    }
  };
  const empty = () =>
    Object.fromEntries(
      outputPorts(node, type)
        .filter((port) => port.name !== 'error')
        .map((port) => [port.name, port.kind === 'table' ? [] : null]),
    );

  return (
    <div className={classes.pinBar} data-pinned={pinned || undefined} data-testid="pin-bar">
      {pinned ? (
        <>
          <IconPin size={15} />
          <Text fz={12.5} fw={550}>
            {t('pin.on')}
          </Text>
          {gave && (
            <SegmentedControl
              size="xs"
              value={shown}
              onChange={(next) => onShow(next as 'run' | 'pin')}
              data={[
                { value: 'pin', label: t('pin.show_pin') },
                { value: 'run', label: t('pin.show_run') },
              ]}
              aria-label={t('pin.show')}
            />
          )}
          <Button
            ml="auto"
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPencil size={14} />}
            onClick={() => onEdit(node.pin ?? {})}
            data-testid="pin-edit"
          >
            {t('pin.edit')}
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPinnedOff size={14} />}
            onClick={() => set(undefined)}
            data-testid="pin-remove"
          >
            {t('pin.remove')}
          </Button>
        </>
      ) : (
        <>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPin size={14} />}
            loading={busy}
            disabled={!gave}
            title={t('pin.help')}
            onClick={() => void pin()}
            data-testid="pin-output"
          >
            {t('pin.pin')}
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconPencil size={14} />}
            onClick={() => onEdit(empty())}
            data-testid="pin-write"
          >
            {t('pin.write')}
          </Button>
        </>
      )}
    </div>
  );
}
