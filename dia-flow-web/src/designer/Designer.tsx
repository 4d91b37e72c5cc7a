import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { Canvas } from './canvas/Canvas';
import classes from './designer.module.css';
import { Drawer } from './drawer/Drawer';
import { useShowResults } from './drawer/useShowResults';
import { ConflictDialog } from './header/ConflictDialog';
import { Header } from './header/Header';
import { Inspector } from './inspector/Inspector';
import { NodeContextMenu } from './menu/NodeContextMenu';
import { NodePicker } from './palette/NodePicker';
import { Palette } from './palette/Palette';
import { ResizeGrip } from './ResizeGrip';
import { useController, useDesigner } from './state/context';
import { useShortcuts } from './state/useShortcuts';
import { useResizable } from './useResizable';

const YamlView = lazy(() => import('./flow/YamlView').then((m) => ({ default: m.YamlView })));

const half = () => Math.max(320, Math.round(window.innerWidth * 0.5));
const most = () => Math.max(200, Math.round(window.innerHeight * 0.7));
const narrow = () => 340;

export function Designer() {
  const { t } = useTranslation('designer');
  const controller = useController();
  useShortcuts(controller);
  useShowResults();
  const view = useDesigner((s) => s.view);
  const palette = useDesigner((s) => s.paletteOpen && s.view === 'canvas');
  const drawer = useDesigner((s) => s.drawerOpen);
  const inspector = useDesigner(
    (s) =>
      s.view === 'canvas' &&
      (s.inspector === 'flow' || (s.inspector === 'node' && s.selection.length === 1)),
  );
  const left = useResizable({ key: 'palette', initial: 224, min: 180, max: narrow, grow: 'right' });
  const right = useResizable({ key: 'inspector', initial: 380, min: 300, max: half, grow: 'left' });
  const bottom = useResizable({ key: 'drawer', initial: 300, min: 140, max: most, grow: 'up' });

  return (
    <div className={classes.page} data-testid="designer">
      <Header />
      <div className={classes.body}>
        {palette && (
          <div className={classes.left} style={{ width: left.size }}>
            <Palette />
            <ResizeGrip side="right" label={t('resize.palette')} panel={left} />
          </div>
        )}
        <div className={classes.centre}>
          <div className={classes.stage}>
            {view === 'canvas' ? (
              <Canvas />
            ) : (
              <Suspense>
                <YamlView />
              </Suspense>
            )}
          </div>
          {drawer && (
            <div className={classes.bottom} style={{ height: bottom.size }}>
              <ResizeGrip side="top" label={t('resize.drawer')} panel={bottom} />
              <Drawer />
            </div>
          )}
        </div>
        {inspector && (
          <div className={classes.right} style={{ width: right.size }}>
            <ResizeGrip side="left" label={t('resize.inspector')} panel={right} />
            <Inspector />
          </div>
        )}
      </div>
      <NodePicker />
      <NodeContextMenu />
      <ConflictDialog />
    </div>
  );
}
