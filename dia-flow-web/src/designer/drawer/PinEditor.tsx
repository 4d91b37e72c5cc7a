import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type FlowNode, type PinProblem, readPin, setNodeField } from '@/flow-core';
import { LazyCode } from '../code/LazyCode';
import { useDesignerStore } from '../state/context';
import classes from './drawer.module.css';

interface Props {
  node: FlowNode;
  start: Record<string, unknown>;
  onClose: () => void;
}

/** Pinned data as JSON, one entry for each output. */
export function PinEditor({ node, start, onClose }: Props) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const [text, setText] = useState(() => JSON.stringify(start, null, 2));
  const [problem, setProblem] = useState<PinProblem>();
  const save = () => {
    const read = readPin(text);
    if ('problem' in read) {
      setProblem(read.problem);
      return;
    }
    store.getState().edit(setNodeField(node.id, ['pin'], read.pin));
    onClose();
  };
  return (
    <div className={classes.data} data-testid="pin-editor">
      <div className={classes.pinCode}>
        <LazyCode
          fill
          code="json"
          lines
          label={t('pin.label')}
          value={text}
          onChange={(next) => {
            setText(next);
            setProblem(undefined);
          }}
          testId="pin-json"
        />
      </div>
      <Group px="md" py={6} gap="xs" className={classes.pinFoot}>
        <Text fz="xs" c={problem ? 'var(--mantine-color-error)' : 'var(--app-muted)'} role="status">
          {problem
            ? t(`pin.bad_${problem.code}`, { message: 'message' in problem ? problem.message : '' })
            : t('pin.format')}
        </Text>
        <Button ml="auto" size="xs" variant="default" onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button size="xs" onClick={save} data-testid="pin-save">
          {t('pin.save')}
        </Button>
      </Group>
    </div>
  );
}
