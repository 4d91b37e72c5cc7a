import { useCallback, useEffect, useMemo, useState } from 'react';
import { listStepsWithin, type Step } from '@/api';
import {
  type Step as CoreStep,
  type FlowDocument,
  type Instances,
  instancePath,
  instancesOfPath,
  stepsOf,
} from '@/flow-core';

/** The steps of a run as they are looked at: one for each node, in the chosen items and rounds. */
export interface Shown {
  instances: Instances;
  steps: Record<string, Step>;
  /** Looks at another item or round of a container. */
  show: (container: string, index: number) => void;
}

interface Options {
  runId: string;
  document: FlowDocument | undefined;
  /** Every step that is known, by its path. */
  byPath: Record<string, Step>;
  /** The path that the address names; its items and rounds are shown. */
  path: string | undefined;
  onLoaded: (steps: Step[]) => void;
}

export function useInstances({ runId, document, byPath, path, onLoaded }: Options): Shown {
  const [instances, setInstances] = useState<Instances>({});

  const load = useCallback(
    (within: string) => {
      // What is gone from the run, or never began, leaves its nodes without steps, which is what there is.
      listStepsWithin(runId, within).then(onLoaded, () => {});
    },
    [runId, onLoaded],
  );

  useEffect(() => {
    if (!path) return;
    const named = instancesOfPath(path);
    if (Object.keys(named).length > 0) setInstances((old) => ({ ...old, ...named }));
    const outer = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    if (outer) load(outer);
  }, [path, load]);

  const show = useCallback(
    (container: string, index: number) => {
      const next = { ...instances, [container]: index };
      setInstances(next);
      if (document) load(instancePath(document, { container, field: 'nodes' }, next));
    },
    [instances, document, load],
  );

  const steps = useMemo(
    () =>
      document
        ? (stepsOf(document, byPath as Record<string, CoreStep>, instances) as Record<string, Step>)
        : byPath,
    [document, byPath, instances],
  );
  return { instances, steps, show };
}
