/** Which containers somebody has folded is their own view of the flow, not part of it. */
const key = (flow: string) => `dataflow-folded-${flow}`;

export function readFolded(flow: string): ReadonlySet<string> {
  try {
    const ids: unknown = JSON.parse(localStorage.getItem(key(flow)) ?? '[]');
    return new Set(Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []);
  } catch {
    return new Set();
  }
}

export function saveFolded(flow: string, folded: ReadonlySet<string>): void {
  try {
    if (folded.size > 0) localStorage.setItem(key(flow), JSON.stringify([...folded]));
    else localStorage.removeItem(key(flow));
  } catch {
    // Private windows may refuse storage; the choice then lasts for this visit.
  }
}
