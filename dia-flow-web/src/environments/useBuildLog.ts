import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { type BuildLine, buildEventsUrl, type EnvironmentVersion, keys, openStream } from '@/api';

export interface BuildLog {
  lines: BuildLine[];
  /** The build has ended and all of its log is here. */
  ended: boolean;
}

const empty: BuildLog = { lines: [], ended: false };

/** The log of a version's build, from its first line on, while it goes on and afterwards. */
export function useBuildLog(name: string, version: number): BuildLog {
  const client = useQueryClient();
  const [log, setLog] = useState<BuildLog & { of: string }>({ ...empty, of: '' });
  const of = `${name}@${version}`;

  useEffect(() => {
    if (version === 0) return;
    let waiting: BuildLine[] = [];
    let frame = 0;
    // Lines come in bursts; they are shown once per frame.
    const show = () => {
      frame = 0;
      const more = waiting;
      waiting = [];
      setLog((now) => ({ ...now, lines: append(now.of === of ? now.lines : [], more), of }));
    };
    const close = openStream<BuildLine | EnvironmentVersion>(buildEventsUrl(name, version), {
      events: ['log', 'version'],
      onEvent: (event, kind) => {
        if (kind === 'log') {
          waiting.push(event as BuildLine);
          frame ||= requestAnimationFrame(show);
          return;
        }
        close();
        show();
        setLog((now) => ({ ...now, ended: true, of }));
        client.setQueryData(keys.environmentVersion(name, version), event);
        void client.invalidateQueries({ queryKey: keys.environments, exact: true });
        void client.invalidateQueries({ queryKey: keys.environment(name), exact: true });
        void client.invalidateQueries({ queryKey: keys.environmentVersions(name), exact: true });
      },
    });
    return () => {
      close();
      cancelAnimationFrame(frame);
      setLog({ ...empty, of: '' });
    };
  }, [client, name, version, of]);

  return log.of === of ? log : empty;
}

/** A stream that was opened again begins anew. */
function append(lines: BuildLine[], more: BuildLine[]): BuildLine[] {
  const last = lines.at(-1)?.seq ?? 0;
  return [...lines, ...more.filter((line) => line.seq > last)];
}
