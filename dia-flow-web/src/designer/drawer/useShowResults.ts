import { useEffect, useRef } from 'react';
import { useDesigner, useDesignerStore } from '../state/context';
import { isFinal } from '../state/runState';

/**
 * Opens the drawer on the first selected node that has given something, so that results are found without knowing of it.
 * Once it has shown data, or was closed, it stays as the person leaves it.
 */
export function useShowResults(): void {
  const store = useDesignerStore();
  const settled = useRef(false);
  const open = useDesigner((s) => s.drawerOpen);
  const idle = useDesigner(
    (s) => !s.drawerOpen || (s.drawerTab === 'problems' && s.problems.length === 0),
  );
  const results = useDesigner((s) => {
    const [id] = s.selection.length === 1 ? s.selection : [];
    if (id === undefined || !isFinal(s.run?.status)) return false;
    return Object.keys(s.steps[id]?.outputs ?? {}).length > 0;
  });
  useEffect(() => {
    if (open && !idle) settled.current = true;
    else if (results && !settled.current) store.getState().showDrawer('output');
  }, [open, idle, results, store]);
}
