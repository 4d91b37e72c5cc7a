import type { Step, Value } from '@/api';
import { ITEM } from '@/flow-core';

/** A value under the name of a port. */
export interface Source {
  key: string;
  label: string;
  value: Value;
}

/** What the step took, found in the outputs of the steps before it; item is what the container around handed in. */
export function inputsOf(step: Step, steps: Record<string, Step>, item?: Value): Source[] {
  return Object.entries(step.inputs ?? {}).flatMap(([port, origins]) =>
    origins.flatMap((origin) => {
      const value = origin === ITEM ? item : outputAt(origin, steps);
      return value ? [{ key: `${port} ← ${origin}`, label: `${port} ← ${origin}`, value }] : [];
    }),
  );
}

/** node.port, where the node's own id may hold dots; the port may be left out when there is one. */
export function outputAt(origin: string, steps: Record<string, Step>): Value | undefined {
  const dot = origin.lastIndexOf('.');
  const step = dot > 0 ? steps[origin.slice(0, dot)] : undefined;
  const exact = step?.outputs?.[origin.slice(dot + 1)];
  if (exact) return exact;
  const outputs = Object.values(steps[origin]?.outputs ?? {});
  return outputs.length === 1 ? outputs[0] : undefined;
}
