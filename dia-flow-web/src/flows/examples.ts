import { importFlow, listFiles, uploadFile } from '@/api';

/** Flows that the repository ships, with the data they read, built into the web. */
const documents = import.meta.glob<string>('../../../examples/*/flow.yaml', {
  query: '?raw',
  import: 'default',
});
const data = import.meta.glob<string>('../../../examples/*/data/*', {
  query: '?url',
  import: 'default',
});

export interface Example {
  name: string;
  /** Address of each data file, by its name in the tenant's folder. */
  files: Record<string, () => Promise<string>>;
  yaml: () => Promise<string>;
}

export function listExamples(): Example[] {
  return Object.entries(documents).flatMap(([path, yaml]) => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const name = folder.split('/').at(-2);
    if (!name) return [];
    const files = Object.fromEntries(
      Object.entries(data)
        .filter(([file]) => file.startsWith(folder))
        .map(([file, load]) => [file.slice(folder.length), load]),
    );
    return [{ name, files, yaml }];
  });
}

/** Uploads the data that is not there yet, then makes the flow; answers the flow's id. */
export async function installExample(example: Example): Promise<string> {
  const present = new Set((await listFiles()).map((file) => file.name));
  for (const [name, load] of Object.entries(example.files)) {
    if (present.has(name)) continue;
    const response = await fetch(await load());
    await uploadFile(name, await response.blob());
  }
  const flow = await importFlow(await example.yaml());
  return flow.id;
}
