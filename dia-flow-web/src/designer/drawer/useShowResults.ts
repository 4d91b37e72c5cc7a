import { useEffect, useRef } from 'react';
import { useDesigner, useDesignerStore } from '../state/context';
import { isFinal } from '../state/runState';
import { usePreviewed } from './subject';

/**
 * Opens the drawer on the first selected node whose rows can be seen: of a preview before a run, of the run after it, so that
 * they are found without knowing of it. Once a person has chosen what it shows, or closed it, it stays as it was left.
 */
export function useShowResults(): void {
  const store = useDesignerStore();
  const settled = useRef(false);
  const foreseen = useRef(false);
  const open = useDesigner((s) => s.drawerOpen);
  const tab = useDesigner((s) => s.drawerTab);
  const idle = useDesigner(
    (s) => !s.drawerOpen || (s.drawerTab === 'problems' && s.problems.length === 0),
  );
  const selected = useDesigner((s) => (s.selection.length === 1 ? s.selection[0] : undefined));
  const results = useDesigner((s) => {
    if (selected === undefined || !isFinal(s.run?.status)) return false;
    return Object.keys(s.steps[selected]?.outputs ?? {}).length > 0;
  });
  const previewed = usePreviewed({ node: selected });
  const sound = useDesigner(
    (s) => !(s.problemsOf.get(selected ?? '') ?? []).some((p) => p.severity === 'error'),
  );
  const preview = previewed !== undefined && sound;
  useEffect(() => {
    const show = store.getState().showDrawer;
    const own = foreseen.current && tab === 'preview';
    if (settled.current) return;
    if (!open && foreseen.current) {
      settled.current = true;
    } else if (results && (idle || own)) {
      settled.current = true;
      show('output');
    } else if (!idle && !own) {
      settled.current = true;
    } else if (preview && idle) {
      foreseen.current = true;
      show('preview');
    }
  }, [open, tab, idle, results, preview, store]);
}
