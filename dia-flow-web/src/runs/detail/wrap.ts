type Place = [number, number];

const mostColumns = 5;
const step = { x: 304, gap: 168 };

/** Breaks a long chain into lines, so that its labels stay readable when the whole is in sight. */
export function wrapped(places: Record<string, Place>): Record<string, Place> {
  const entries = Object.entries(places);
  const columns = new Set(entries.map(([, [x]]) => x)).size;
  if (columns <= mostColumns + 1) return places;
  const lowest = Math.max(...entries.map(([, [, y]]) => y));
  return Object.fromEntries(
    entries.map(([id, [x, y]]): [string, Place] => {
      const column = Math.round(x / step.x);
      const line = Math.floor(column / mostColumns);
      return [id, [(column % mostColumns) * step.x, y + line * (lowest + step.gap)]];
    }),
  );
}
