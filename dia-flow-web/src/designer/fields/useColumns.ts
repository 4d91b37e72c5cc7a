import { useMemo } from 'react';
import {
  type Column,
  getAt,
  inputColumns,
  type KnownColumns,
  nodeById,
  type Path,
} from '@/flow-core';
import { useDesigner, useDocument } from '../state/context';
import { usePreview } from '../usePreview';

export function useInputColumns(nodeId: string): KnownColumns[] {
  const doc = useDocument();
  const analysis = useDesigner((s) => s.analysis);
  const steps = useDesigner((s) => s.steps);
  const types = useDesigner((s) => s.types);
  const top = doc.spec.nodes.some((node) => node.id === nodeId);
  const preview = usePreview(nodeId, { enabled: top, inputs: true }).data?.inputs;
  return useMemo(() => {
    // A preview knows the flow as it stands; the last run may have been one of another.
    const now = preview ?? [];
    const before = inputColumns(doc, nodeId, { analysis, steps, types });
    const known = (k: KnownColumns) => now.some((n) => n.port === k.port && n.source === k.source);
    return [...now, ...before.filter((k) => !known(k))];
  }, [doc, nodeId, analysis, steps, types, preview]);
}

/**
 * Column names to choose from. A field called left or right, or inside an object that names a port, gets those of that
 * input; every other field gets all.
 */
export function useInputColumnNames(nodeId: string, path: Path): string[] {
  const inputs = useInputColumns(nodeId);
  const node = useDesigner((s) => nodeById(s.history.document, nodeId));
  return useMemo(() => {
    const named = inputs.filter((input) =>
      path.some((part) => part === input.port || String(part).startsWith(`${input.port}_`)),
    );
    const holder = getAt(node, path.slice(0, -1));
    const side =
      holder !== null && typeof holder === 'object'
        ? (holder as { input?: unknown }).input
        : undefined;
    const bySide = inputs.filter((input) => input.port === side);
    const chosen = named.length > 0 ? named : bySide.length > 0 ? bySide : inputs;
    return [...new Set(chosen.flatMap((input) => input.columns.map((c: Column) => c.name)))];
  }, [inputs, node, path]);
}
