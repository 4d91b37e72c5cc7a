import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { inspectPython } from '@/designer/api/flows';
import type { Mark } from '@/designer/code/CodeEditor';
import type { JsonSchema } from '@/flow-core';

export interface PythonCheck {
  /** The server has looked at some state of the code. */
  checked: boolean;
  marks: Mark[];
  parameters: string[];
  /** JSON Schema of the parameters, when there is a main(). */
  schema: JsonSchema | undefined;
}

/** Has the code parsed, never run, a moment after the last key; what it imports is looked for in the environment. */
export function usePythonCheck(code: string, environment: string): PythonCheck {
  const [settled] = useDebouncedValue(code, 350);
  const { data } = useQuery({
    queryKey: ['python-inspect', environment, settled],
    enabled: settled.trim() !== '',
    queryFn: ({ signal }) => inspectPython(settled, environment, signal),
    placeholderData: keepPreviousData,
    // What is missing in the environment may be there once that is built again.
    staleTime: ({ state }) =>
      state.data?.findings?.some(({ code }) => code === 'import_missing')
        ? 5_000
        : Number.POSITIVE_INFINITY,
    gcTime: 60_000,
    retry: false,
  });
  return useMemo(
    () => ({
      checked: data !== undefined,
      marks: (data?.findings ?? []).map(({ severity, message, line, column }) => ({
        severity,
        message,
        line,
        column,
      })),
      parameters: Object.keys(data?.params?.properties ?? {}),
      schema: (data?.params as JsonSchema | null | undefined) ?? undefined,
    }),
    [data],
  );
}
