import { Menu } from '@mantine/core';
import {
  IconArrowBarToUp,
  IconArrowsMaximize,
  IconArrowsMinimize,
  IconCopy,
  IconPin,
  IconPinnedOff,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconResize,
  IconTrash,
} from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { bodyOfNode, type FlowNode, fitContainer, isContainer, setNodeField } from '@/flow-core';
import { useStartRun } from '../header/useStartRun';
import { duplicateSelected, removeSelected, takeOut } from '../state/actions';
import { useController, useDesigner } from '../state/context';
import { isLive } from '../state/runState';

/** What can be done with a node, in its menu on the canvas and in the inspector. The node is the selected one. */
export function NodeMenuItems({ node }: { node: FlowNode }) {
  const { t } = useTranslation('designer');
  const controller = useController();
  const { store } = controller;
  const { start } = useStartRun();
  const live = useDesigner((s) => isLive(s.run));
  const folded = useDesigner((s) => s.folded.has(node.id));
  const inside = useDesigner((s) => bodyOfNode(s.history.document, node.id) !== null);
  const sized = useDesigner((s) => (s.history.document.spec.layout?.[node.id]?.length ?? 0) > 2);
  const container = isContainer(node);
  const pinned = node.pin !== undefined;
  return (
    <>
      <Menu.Item
        leftSection={<IconPlayerSkipForward size={16} />}
        disabled={live}
        onClick={() => void start({ kind: 'to', node: node.id })}
        data-testid="node-run-to"
      >
        {t('run.to')}
      </Menu.Item>
      <Menu.Item
        leftSection={<IconPlayerTrackNext size={16} />}
        disabled={live}
        onClick={() => void start({ kind: 'from', node: node.id })}
        data-testid="node-run-from"
      >
        {t('run.from')}
      </Menu.Item>
      <Menu.Item
        leftSection={pinned ? <IconPinnedOff size={16} /> : <IconPin size={16} />}
        onClick={() =>
          pinned
            ? store.getState().edit(setNodeField(node.id, ['pin'], undefined))
            : store.getState().showDrawer('output')
        }
        data-testid="node-pin"
      >
        {t(pinned ? 'pin.remove' : 'pin.open')}
      </Menu.Item>
      <Menu.Divider />
      {container && (
        <Menu.Item
          leftSection={folded ? <IconArrowsMaximize size={16} /> : <IconArrowsMinimize size={16} />}
          onClick={() => store.getState().setFolded(node.id, !folded)}
        >
          {t(folded ? 'container.unfold' : 'container.fold')}
        </Menu.Item>
      )}
      {container && sized && (
        <Menu.Item
          leftSection={<IconResize size={16} />}
          onClick={() => store.getState().edit(fitContainer(node.id))}
        >
          {t('container.fit')}
        </Menu.Item>
      )}
      {inside && (
        <Menu.Item
          leftSection={<IconArrowBarToUp size={16} />}
          onClick={() => takeOut(controller, node.id)}
          data-testid="node-take-out"
        >
          {t('container.take_out')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => duplicateSelected(controller)}>
        {t('action.duplicate')}
      </Menu.Item>
      <Menu.Item
        color="red"
        leftSection={<IconTrash size={16} />}
        onClick={() => removeSelected(controller)}
        data-testid="node-delete"
      >
        {t('action.delete')}
      </Menu.Item>
    </>
  );
}
