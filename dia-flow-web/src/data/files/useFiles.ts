import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import { keys, listFiles, uploadFile } from '@/api';
import { notifyError } from '@/ui/notify';
import { useMayReplace } from './useMayReplace';

export const fileListQuery = {
  queryKey: keys.fileList(''),
  queryFn: ({ signal }: { signal: AbortSignal }) => listFiles('', signal),
};

export const useFileList = () => useQuery(fileListQuery);

/** One upload under way or just ended. */
export interface Upload {
  id: number;
  name: string;
  loaded: number;
  total: number;
  error?: unknown;
  stop: () => void;
}

let lastId = 0;

/** Uploads files one after the other and tells how far each is. None of them, when one would replace what shall stay. */
export function useUploads(onDone?: (name: string) => void) {
  const client = useQueryClient();
  const mayReplace = useMayReplace();
  const [uploads, setUploads] = useState<Upload[]>([]);

  const change = useCallback((id: number, part: Partial<Upload>) => {
    setUploads((old) => old.map((each) => (each.id === id ? { ...each, ...part } : each)));
  }, []);
  const remove = useCallback((id: number) => {
    setUploads((old) => old.filter((each) => each.id !== id));
  }, []);

  const start = useCallback(
    async (files: readonly File[], folder = '') => {
      const prefix = folder.replace(/^\/+|\/+$/g, '');
      const queue = files.map((file) => {
        lastId += 1;
        const control = new AbortController();
        const name = prefix ? `${prefix}/${file.name}` : file.name;
        return { id: lastId, file, name, control };
      });
      try {
        if (!(await mayReplace(queue))) return;
      } catch (error) {
        notifyError(error);
        return;
      }
      setUploads((old) => [
        ...old,
        ...queue.map(({ id, file, name, control }) => ({
          id,
          name,
          loaded: 0,
          total: file.size,
          stop: () => control.abort(),
        })),
      ]);
      for (const { id, file, name, control } of queue) {
        try {
          await uploadFile(name, file, {
            signal: control.signal,
            onProgress: (loaded, total) => change(id, { loaded, total }),
          });
          remove(id);
          await client.invalidateQueries({ queryKey: keys.files });
          onDone?.(name);
        } catch (error) {
          if (control.signal.aborted) {
            remove(id);
            continue;
          }
          change(id, { error });
          notifyError(error, name);
        }
      }
    },
    [client, change, remove, onDone, mayReplace],
  );

  return { uploads, start, dismiss: remove };
}
