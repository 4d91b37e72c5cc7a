import AxeBuilder from '@axe-core/playwright';
import { type APIRequestContext, test as base, expect, type Page } from '@playwright/test';
import { authState } from './server';
import { makeWorld, type World } from './world';

/** Shortcuts through the API, for what a test needs but is not about. */
export class Api {
  constructor(private readonly request: APIRequestContext) {}

  async createFlow(document: unknown): Promise<{ id: string; name: string }> {
    const response = await this.request.post('/api/automation/v1/flows', { data: { document } });
    expect(response.status(), await response.text()).toBe(201);
    return response.json();
  }

  async deleteFlow(id: string): Promise<void> {
    await this.request.delete(`/api/automation/v1/flows/${id}`);
  }

  async startRun(flowId: string, params: Record<string, unknown> = {}): Promise<{ id: string }> {
    const response = await this.request.post(`/api/automation/v1/flows/${flowId}/runs`, {
      data: { params },
    });
    expect(response.status(), await response.text()).toBe(202);
    return response.json();
  }

  /** The run as it is now. */
  async run(id: string): Promise<{ id: string; status: string; retry_of?: string }> {
    const response = await this.request.get(`/api/automation/v1/runs/${id}`);
    expect(response.status(), await response.text()).toBe(200);
    return response.json();
  }

  /** Waits until a run has a status. */
  async reaches(id: string, status: string): Promise<void> {
    await expect.poll(async () => (await this.run(id)).status, { timeout: 30_000 }).toBe(status);
  }

  /** Waits until a step of a run has a status. */
  async stepReaches(id: string, step: string, status: string): Promise<void> {
    await expect
      .poll(
        async () => {
          const response = await this.request.get(`/api/automation/v1/runs/${id}/steps`);
          const { items } = await response.json();
          return items.find((each: { node_id: string }) => each.node_id === step)?.status;
        },
        { timeout: 30_000 },
      )
      .toBe(status);
  }

  async putFile(name: string, content: string | Buffer): Promise<void> {
    const response = await this.request.put(`/api/automation/v1/files/${name}`, {
      data: content,
      headers: { 'Content-Type': 'application/octet-stream' },
    });
    expect(response.ok(), await response.text()).toBe(true);
  }
}

interface Fixtures {
  api: Api;
  /** Fails when axe finds anything serious on the page. */
  expectAccessible: (page: Page) => Promise<void>;
  /** Errors that the page wrote to its console or threw. */
  pageErrors: string[];
}

interface WorkerFixtures {
  /** Flows and runs of every kind, made once for all tests that only look. */
  world: World;
}

/** Colours on their way from one theme to the other are not those that people read by. */
async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const ending = document
      .getAnimations()
      .filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.allSettled(ending.map((animation) => animation.finished));
  });
}

export const test = base.extend<Fixtures, WorkerFixtures>({
  world: [
    async ({ playwright }, use, worker) => {
      const request = await playwright.request.newContext({
        baseURL: process.env.E2E_URL,
        storageState: authState,
      });
      await use(await makeWorld(new Api(request), worker.workerIndex));
      await request.dispose();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the fixtures from the pattern
  baseURL: async ({}, use) => {
    await use(process.env.E2E_URL);
  },
  api: async ({ request }, use) => {
    await use(new Api(request));
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  expectAccessible: async ({}, use) => {
    await use(async (page) => {
      await settled(page);
      const { violations } = await new AxeBuilder({ page })
        .options({ resultTypes: ['violations'] })
        .analyze();
      const serious = violations
        .filter((violation) => violation.impact === 'serious' || violation.impact === 'critical')
        .map((violation) => ({
          rule: violation.id,
          help: violation.help,
          nodes: violation.nodes.slice(0, 4).map((node) => node.html.slice(0, 240)),
        }));
      expect(serious).toEqual([]);
    });
  },
  pageErrors: [
    async ({ page }, use) => {
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(error.message));
      await use(errors);
      expect(errors).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** A flow that gives a few rows without any file. */
export const smallFlow = (name: string, title: string) => ({
  apiVersion: 'dataflow/v1',
  kind: 'Flow',
  metadata: { name, title },
  spec: {
    nodes: [
      {
        id: 'rows',
        type: 'value.set',
        title: 'Some rows',
        with: {
          value: Array.from({ length: 40 }, (_, index) => ({ n: index, text: `row ${index}` })),
        },
      },
      {
        id: 'few',
        type: 'table.filter',
        title: 'Only small ones',
        in: { table: 'rows' },
        with: { where: 'n < 25' },
      },
    ],
  },
});
