import { type APIRequestContext, expect } from '@playwright/test';

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

  async createConnection(
    name: string,
    kind: string,
    config: Record<string, unknown>,
  ): Promise<void> {
    const response = await this.request.post('/api/automation/v1/connections', {
      data: { name, kind, config },
    });
    expect(response.status(), await response.text()).toBe(201);
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
