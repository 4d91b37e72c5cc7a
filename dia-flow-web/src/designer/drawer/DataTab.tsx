import { SegmentedControl, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ValueView } from '@/data/ValueView';
import {
  defaultOutput,
  ITEM,
  itemValue,
  nodeById,
  outputOrder,
  outputPorts,
  parseSource,
  type Step,
  sourceList,
  type Value,
} from '@/flow-core';
import { useDesigner, useDocument } from '../state/context';
import classes from './drawer.module.css';
import { Preview } from './Preview';
import { type Subject, usePreviewed } from './subject';

interface Item {
  key: string;
  /** For people; the name is what files are called after. */
  label: string;
  name: string;
  value: Value;
  from?: { step: string; port: string };
}

interface Props {
  side: 'input' | 'output';
  subject: Subject;
  /** Shown by port in place of what the run gave. */
  values?: [string, Value][];
}

/** The inputs or outputs of the subject, one at a time. */
export function DataTab({ side, subject, values }: Props) {
  const { t } = useTranslation('designer');
  const found = useItems(side, subject);
  const items =
    values?.map(([key, value]): Item => ({ key, label: key, name: key, value })) ?? found;
  const step = useDesigner((s) => (subject.node ? s.steps[subject.node] : undefined));
  const ran = useDesigner((s) => s.run !== null);
  const previewed = usePreviewed(subject);
  const runId = useDesigner((s) => s.run?.id);
  const [chosen, setChosen] = useState('');
  const item = items.find((i) => i.key === chosen) ?? items[0];

  if (!subject.node) return <Nothing text={t('drawer.select')} />;
  if (!item && side === 'output' && previewed) return <Preview key={previewed} node={previewed} />;
  if (!item) return <Nothing text={t(emptyText(side, step, ran))} />;
  return (
    <div className={classes.data}>
      {items.length > 1 && (
        <div className={classes.chooser}>
          <SegmentedControl
            size="xs"
            value={item.key}
            onChange={setChosen}
            data={items.map(({ key, label }) => ({ value: key, label }))}
            aria-label={t('drawer.choose')}
          />
        </div>
      )}
      <div className={classes.value}>
        <ValueView
          key={item.key + (item.value.artifact?.id ?? '')}
          value={item.value}
          name={item.name}
          {...(runId && item.from ? { origin: { run: runId, ...item.from } } : {})}
        />
      </div>
    </div>
  );
}

function Nothing({ text }: { text: string }) {
  return (
    <div className={classes.nothing}>
      <Text fz="sm" c="var(--app-muted)">
        {text}
      </Text>
    </div>
  );
}

function emptyText(side: 'input' | 'output', step: Step | undefined, ran: boolean): string {
  if (!ran) return 'drawer.not_run';
  if (!step) return 'drawer.not_in_run';
  if (step.status === 'skipped') return 'drawer.skipped';
  if (step.status === 'failed') return side === 'output' ? 'drawer.failed' : 'drawer.no_input';
  if (step.status === 'succeeded')
    return side === 'output' ? 'drawer.no_output' : 'drawer.no_input';
  return 'drawer.not_yet';
}

function useItems(side: 'input' | 'output', subject: Subject): Item[] {
  const steps = useDesigner((s) => s.steps);
  const doc = useDocument();
  const instances = useDesigner((s) => s.instances);
  const types = useDesigner((s) => s.types);
  const analysis = useDesigner((s) => s.analysis);
  const { i18n } = useTranslation('designer');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  return useMemo(() => {
    const portsOf = (id: string) => {
      const node = nodeById(doc, id);
      return node ? outputPorts(node, types.get(node.type), analysis) : [];
    };
    const step = subject.node ? steps[subject.node] : undefined;
    if (side === 'output') {
      const outputs = step?.outputs ?? {};
      const ports = portsOf(subject.node ?? '');
      return outputOrder(outputs, ports).flatMap((port): Item[] => {
        const value = outputs[port];
        if (!step || !value || (subject.port && port !== subject.port)) return [];
        const label = ports.find((each) => each.name === port)?.title?.[language] || port;
        return [{ key: port, label, name: port, value, from: { step: step.node_id, port } }];
      });
    }
    const node = subject.node ? nodeById(doc, subject.node) : undefined;
    const inputs: [string, string[]][] = step?.inputs
      ? Object.entries(step.inputs)
      : Object.entries(node?.in ?? {}).map(([port, s]) => [port, sourceList(s)]);
    return inputs.flatMap(([port, sources]) =>
      sources.flatMap((text): Item[] => {
        const ref = parseSource(text);
        const outputs = steps[ref.node]?.outputs ?? {};
        const meant =
          ref.port ||
          defaultOutput(portsOf(ref.node)) ||
          (outputOrder(outputs, portsOf(ref.node))[0] ?? '');
        const value =
          ref.node === ITEM ? itemValue(doc, subject.node ?? '', steps, instances) : outputs[meant];
        if (!value) return [];
        const up = steps[ref.node]?.node_id;
        const from = { step: up ?? '', port: meant };
        return [
          {
            key: `${port}:${text}`,
            label: `${port} ← ${ref.node}`,
            name: `${port} ← ${ref.node}`,
            value,
            ...(up ? { from } : {}),
          },
        ];
      }),
    );
  }, [side, subject.node, subject.port, steps, doc, instances, types, analysis, language]);
}
