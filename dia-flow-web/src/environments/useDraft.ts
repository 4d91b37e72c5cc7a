import { useCallback, useMemo, useState } from 'react';
import type { Environment, EnvironmentDraft } from '@/api';
import { linesOf } from './requirements';

/** What a person has typed of an environment and not saved yet. */
export interface Draft {
  text: string;
  title: string;
  description: string;
  egress: string[];
  source: boolean;
}

const draftOf = (environment: Environment): Draft => ({
  text: environment.requirements.join('\n'),
  title: environment.title,
  description: environment.description,
  egress: environment.egress,
  source: environment.source,
});

/** The draft of an environment: what the server has, with one's own changes on top. */
export function useDraft(environment: Environment) {
  const [changes, setChanges] = useState<Partial<Draft>>({});
  const kept = useMemo(() => draftOf(environment), [environment]);
  const draft = { ...kept, ...changes };
  const content: EnvironmentDraft = {
    title: draft.title.trim(),
    description: draft.description.trim(),
    requirements: linesOf(draft.text),
    egress: draft.egress,
    source: draft.source,
  };
  const was: EnvironmentDraft = { ...kept, requirements: environment.requirements };
  const dirty = JSON.stringify(content) !== JSON.stringify(pick(was));
  const change = useCallback(
    (more: Partial<Draft>) => setChanges((now) => ({ ...now, ...more })),
    [],
  );
  const forget = useCallback(() => setChanges({}), []);
  return { draft, content, dirty, change, forget };
}

function pick({ title, description, requirements, egress, source }: EnvironmentDraft) {
  return { title, description, requirements, egress, source };
}
