import type { Step, Value } from '@/api';
import { ITEM } from '@/flow-core';

/** A value under the name of a port. */
export interface Source {
  key: string;
  label: string;
  /** What the label is called, where that is known. */
  title?: string | undefined;
  value: Value;
  /** Step and port that gave it. */
  from?: { step: string; port: string };
}

/** What the step took, found in the outputs of the steps before it; item is what the container around handed in. */
export function inputsOf(step: Step, steps: Record<string, Step>, item?: Value): Source[] {
  return Object.entries(step.inputs ?? {}).flatMap(([port, origins]) =>
    origins.flatMap((origin) => {
      const key = `${port} ← ${origin}`;
      if (origin === ITEM) return item ? [{ key, label: key, value: item }] : [];
      const found = outputAt(origin, steps);
      return found ? [{ key, label: key, ...found }] : [];
    }),
  );
}

/** node.port, where the node's own id may hold dots; the port may be left out when there is one. */
export function outputAt(
  origin: string,
  steps: Record<string, Step>,
): Pick<Source, 'value' | 'from'> | undefined {
  const dot = origin.lastIndexOf('.');
  const step = dot > 0 ? steps[origin.slice(0, dot)] : undefined;
  const port = origin.slice(dot + 1);
  const exact = step?.outputs?.[port];
  if (step && exact) return { value: exact, from: { step: step.node_id, port } };
  const whole = steps[origin];
  const [only, ...more] = Object.entries(whole?.outputs ?? {});
  if (!whole || !only || more.length > 0) return undefined;
  return { value: only[1], from: { step: whole.node_id, port: only[0] } };
}
