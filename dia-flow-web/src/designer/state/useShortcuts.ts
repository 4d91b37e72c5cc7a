import { useEffect } from 'react';
import { PALETTE_SEARCH_ID } from '../palette/constants';
import {
  copyText,
  duplicateSelected,
  nudge,
  pasteText,
  removeSelected,
  selectAll,
} from './actions';
import type { DesignerController } from './controller';

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function isInDialog(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('[role="dialog"], [role="menu"], [data-testid="yaml-view"]') !== null
  );
}

function isElsewhere(target: EventTarget | null): boolean {
  return isTyping(target) || isInDialog(target);
}

/** The canvas by keyboard. Keys typed into fields and dialogs stay there, but for the one that runs the flow from a field. */
export function useShortcuts(controller: DesignerController): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented) return;
      if (isRunKey(event) && !isInDialog(event.target)) {
        event.preventDefault();
        pressRun();
        return;
      }
      if (!isElsewhere(event.target) && handle(controller, event)) event.preventDefault();
    };
    const onCopy = (event: ClipboardEvent) => {
      if (isElsewhere(event.target) || window.getSelection()?.toString()) return;
      const text = copyText(controller);
      if (!text) return;
      event.clipboardData?.setData('text/plain', text);
      event.preventDefault();
      if (event.type === 'cut') removeSelected(controller);
    };
    const onPaste = (event: ClipboardEvent) => {
      if (isElsewhere(event.target)) return;
      const text = event.clipboardData?.getData('text/plain');
      if (text && pasteText(controller, text)) event.preventDefault();
    };
    // Undo in a field belongs to the field's own history unless it has none, which the fields of the form do not.
    window.addEventListener('keydown', onKeyDown);
    window.addEventListener('copy', onCopy);
    window.addEventListener('cut', onCopy);
    window.addEventListener('paste', onPaste);
    return () => {
      window.removeEventListener('keydown', onKeyDown);
      window.removeEventListener('copy', onCopy);
      window.removeEventListener('cut', onCopy);
      window.removeEventListener('paste', onPaste);
    };
  }, [controller]);
}

export function isRunKey(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey'>): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey);
}

/** What the button in the header does, with its questions and refusals; nothing while a run goes. */
export function pressRun(): void {
  document.querySelector<HTMLElement>('[data-testid="run-button"]')?.click();
}

function handle(controller: DesignerController, event: KeyboardEvent): boolean {
  const state = controller.store.getState();
  const mod = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (mod) {
    if (key === 'z') {
      if (event.shiftKey) state.redo();
      else state.undo();
    } else if (key === 'y') state.redo();
    else if (key === 'd') duplicateSelected(controller);
    else if (key === 'a') selectAll(controller);
    else return false;
    return true;
  }
  if (event.altKey || state.view !== 'canvas') return false;
  const onNode = event.target instanceof HTMLElement && event.target.closest('.react-flow__node');
  const onControl =
    event.target instanceof HTMLElement &&
    event.target.closest('button, a, [role="tab"], [role="treeitem"]') !== null;
  if (event.key === '/') {
    focusPalette(controller);
    return true;
  }
  if (onControl) return false;
  if (event.key === 'Delete' || event.key === 'Backspace') {
    removeSelected(controller);
    return true;
  }
  if (event.key === 'Escape') {
    state.select([]);
    state.patch({ picker: null });
    return true;
  }
  if (event.key === 'Enter' && (onNode || state.selection.length === 1)) {
    return openInspector(controller, onNode);
  }
  const arrow = ARROWS[event.key];
  if (arrow && state.selection.length > 0) {
    const step = event.shiftKey ? 64 : 8;
    nudge(controller, arrow[0] * step, arrow[1] * step);
    return true;
  }
  return false;
}

function openInspector(controller: DesignerController, onNode: Element | false | null): boolean {
  const state = controller.store.getState();
  const id = onNode ? onNode.getAttribute('data-id') : state.selection[0];
  if (!id) return false;
  state.openInspector(id);
  requestAnimationFrame(() =>
    document
      .querySelector<HTMLElement>('[data-testid="inspector"] [role="tab"][aria-selected="true"]')
      ?.focus(),
  );
  return true;
}

function focusPalette(controller: DesignerController): void {
  controller.store.getState().patch({ paletteOpen: true });
  requestAnimationFrame(() => document.getElementById(PALETTE_SEARCH_ID)?.focus());
}
