import { Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useController, useDesigner, useNode } from '../state/context';
import { NodeMenuItems } from './NodeMenuItems';

/** The menu of a node at the place of the pointer. */
export function NodeContextMenu() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const request = useDesigner((s) => s.menu);
  const node = useNode(request?.node);
  if (!request || !node) return null;
  return (
    <Menu
      key={`${request.x},${request.y}`}
      opened
      onClose={() => controller.store.getState().patch({ menu: null })}
      position="bottom-start"
      width={220}
    >
      <Menu.Target>
        <span
          style={{ position: 'fixed', left: request.x, top: request.y, width: 1, height: 1 }}
          aria-hidden
        />
      </Menu.Target>
      <Menu.Dropdown aria-label={t('inspector.more')} data-testid="node-menu">
        <NodeMenuItems node={node} />
      </Menu.Dropdown>
    </Menu>
  );
}
