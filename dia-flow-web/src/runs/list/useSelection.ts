import { useMemo, useState } from 'react';

/** Which runs are chosen. */
export interface Selection {
  size: number;
  has: (id: string) => boolean;
  toggle: (id: string) => void;
  setAll: (ids: string[]) => void;
  ids: string[];
}

export function useSelection(): Selection {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  return useMemo(
    () => ({
      size: chosen.size,
      has: (id) => chosen.has(id),
      toggle: (id) =>
        setChosen((old) => {
          const next = new Set(old);
          if (!next.delete(id)) next.add(id);
          return next;
        }),
      setAll: (ids) => setChosen(new Set(ids)),
      ids: [...chosen],
    }),
    [chosen],
  );
}
