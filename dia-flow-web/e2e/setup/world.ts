import type { Api } from './api';
import { approvalFlow, nestedFlow, smallFlow } from './flows';

/** What there is to look at: a finished run, one with containers, one that failed, and one that waits for a decision. */
export interface World {
  /** Name of the plain flow. */
  name: string;
  flow: string;
  run: string;
  nestedFlow: string;
  nestedRun: string;
  failedRun: string;
  waitingRun: string;
}

/** The number tells apart what several workers make, one after another, on the same server. */
export async function makeWorld(api: Api, number: number): Promise<World> {
  const name = (what: string) => `world-${what}-${number}`;
  const plain = await api.createFlow(smallFlow(name('plain'), 'Plain'));
  const nested = await api.createFlow(nestedFlow(name('nested'), 'Nested'));
  const asking = await api.createFlow(approvalFlow(name('asking'), 'Asking', 'Shall we look?'));
  const failing = await api.createFlow({
    ...smallFlow(name('failing'), 'Failing'),
    spec: { nodes: [{ id: 'read', type: 'file.read', with: { path: 'not-there.csv' } }] },
  });
  await api.putFile('world.csv', 'a,b\n1,2\n');
  const run = await api.startRun(plain.id);
  const nestedRun = await api.startRun(nested.id);
  const failedRun = await api.startRun(failing.id);
  const waitingRun = await api.startRun(asking.id);
  await api.reaches(run.id, 'succeeded');
  await api.reaches(nestedRun.id, 'succeeded');
  await api.reaches(failedRun.id, 'failed');
  await api.stepReaches(waitingRun.id, 'ask', 'waiting');
  return {
    name: plain.name,
    flow: plain.id,
    run: run.id,
    nestedFlow: nested.id,
    nestedRun: nestedRun.id,
    failedRun: failedRun.id,
    waitingRun: waitingRun.id,
  };
}
