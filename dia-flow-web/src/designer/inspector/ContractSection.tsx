import {
  ActionIcon,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  Select,
  Text,
  TextInput,
  Tooltip,
} from '@mantine/core';
import { IconFileCertificate, IconPlus, IconTrash } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import {
  allEdges,
  type Contract,
  type ContractColumn,
  columnsOf,
  type FlowNode,
  type NodeType,
  outputPorts,
  setNodeField,
} from '@/flow-core';
import { usePreviewed } from '../drawer/subject';
import { SQL_TYPES } from '../fields/basic';
import { useDesigner, useDesignerStore, useDocument } from '../state/context';
import { usePreview } from '../usePreview';
import classes from './inspector.module.css';
import { Place } from './Place';

/** What the tables that leave a node are expected to be. */
export function ContractSection({ node, type }: { node: FlowNode; type: NodeType }) {
  const { t, i18n } = useTranslation('designer');
  const language = i18n.language === 'zh' ? 'zh' : 'en';
  const analysis = useDesigner((s) => s.analysis);
  const ports = outputPorts(node, type, analysis).filter((port) => port.kind === 'table');
  if (ports.length === 0) return null;
  return (
    <section className={classes.stack} aria-label={t('contract.title')}>
      <h3 className={classes.section}>{t('contract.title')}</h3>
      <Text fz={11.5} c="var(--app-muted)" mt={-8}>
        {t('contract.help')}
      </Text>
      {ports.map((port) => (
        <PortContract
          key={port.name}
          node={node}
          port={port.name}
          label={ports.length > 1 ? (port.title?.[language] ?? port.name) : ''}
        />
      ))}
    </section>
  );
}

/** The columns that leave a port: of a preview now, else of the last run. */
function useColumns(node: FlowNode, port: string) {
  const doc = useDocument();
  const analysis = useDesigner((s) => s.analysis);
  const steps = useDesigner((s) => s.steps);
  const types = useDesigner((s) => s.types);
  const reader = allEdges(doc).find(
    (edge) => edge.source === node.id && (!edge.sourcePort || edge.sourcePort === port),
  )?.target;
  const top = doc.spec.nodes.some((each) => each.id === reader);
  const preview = usePreview(reader, { enabled: top, inputs: true }).data?.inputs;
  const now = preview?.find((input) => [node.id, `${node.id}.${port}`].includes(input.source));
  // A node that nobody reads yet is looked at itself; its own contract would stand in the way of what is there.
  const own = usePreviewed({ node: node.id });
  const alone = usePreview(own, { enabled: !reader && !node.contract?.[port], port }).data;
  // What is there before a contract is what a new one can be taken from.
  return (
    now?.found ??
    now?.columns ??
    alone?.table?.columns ??
    columnsOf(doc, `${node.id}.${port}`, { analysis, steps, types })
  );
}

/** A column as it is there; what was agreed on about empty values stays. */
function taken({ name, type }: ContractColumn, contract: Contract | undefined): ContractColumn {
  const before = contract?.columns.find(
    (column) => column.name.toLowerCase() === name.toLowerCase(),
  );
  return before?.nullable === false ? { name, type, nullable: false } : { name, type };
}

interface PortProps {
  node: FlowNode;
  port: string;
  label: string;
}

function PortContract({ node, port, label }: PortProps) {
  const { t } = useTranslation('designer');
  const store = useDesignerStore();
  const contract = node.contract?.[port];
  const columns = useColumns(node, port);
  const set = (next: Contract | undefined) =>
    store.getState().edit(setNodeField(node.id, ['contract', port], next));
  const take = (
    <Tooltip label={t('contract.unknown')} disabled={columns !== undefined}>
      <Button
        size="xs"
        variant="light"
        leftSection={<IconFileCertificate size={14} />}
        aria-disabled={columns ? undefined : true}
        data-disabled={columns ? undefined : true}
        onClick={() =>
          columns && set({ ...contract, columns: columns.map((column) => taken(column, contract)) })
        }
        data-testid={`contract-take-${port}`}
      >
        {t('contract.take')}
      </Button>
    </Tooltip>
  );
  return (
    <Place node={node.id} field={`contract.${port}`}>
      {label && (
        <Text fz={12.5} fw={550} mb={4}>
          {label}
        </Text>
      )}
      {!contract && <Group gap="xs">{take}</Group>}
      {contract && (
        <div className={classes.stack} data-testid={`contract-${port}`}>
          <Columns contract={contract} set={set} />
          <Policies contract={contract} set={set} />
          <Group gap="xs">
            {take}
            <Button size="xs" variant="subtle" color="red" onClick={() => set(undefined)}>
              {t('contract.remove')}
            </Button>
          </Group>
        </div>
      )}
    </Place>
  );
}

interface PartProps {
  contract: Contract;
  set: (next: Contract) => void;
}

function Columns({ contract, set }: PartProps) {
  const { t } = useTranslation('designer');
  const { columns } = contract;
  const change = (at: number, next: Partial<ContractColumn>) =>
    set({
      ...contract,
      columns: columns.map((column, i) => {
        if (i !== at) return column;
        const { nullable, ...rest } = { ...column, ...next };
        return nullable === false ? { ...rest, nullable } : rest;
      }),
    });
  return (
    <div className={classes.contract}>
      {columns.length > 0 && (
        <div className={classes.contractHead} aria-hidden>
          <span>{t('contract.head_column')}</span>
          <span>{t('contract.head_type')}</span>
          <span>{t('contract.filled')}</span>
        </div>
      )}
      {columns.map((column, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the name is what is being typed
        <div key={i} className={classes.contractRow}>
          <TextInput
            size="xs"
            value={column.name}
            aria-label={t('contract.name', { n: i + 1 })}
            onChange={(event) => change(i, { name: event.currentTarget.value })}
          />
          <Autocomplete
            size="xs"
            data={SQL_TYPES}
            value={column.type}
            aria-label={t('contract.type', { name: column.name })}
            onChange={(type) => change(i, { type })}
            openOnFocus={false}
          />
          <Tooltip label={t('contract.filled')}>
            <Checkbox
              size="xs"
              checked={column.nullable === false}
              aria-label={t('contract.filled_of', { name: column.name })}
              onChange={(event) => change(i, { nullable: !event.currentTarget.checked })}
            />
          </Tooltip>
          <ActionIcon
            size={22}
            aria-label={t('contract.remove_column', { name: column.name })}
            onClick={() => set({ ...contract, columns: columns.filter((_, at) => at !== i) })}
          >
            <IconTrash size={13} />
          </ActionIcon>
        </div>
      ))}
      <Group>
        <Button
          size="compact-xs"
          variant="subtle"
          leftSection={<IconPlus size={13} />}
          onClick={() => set({ ...contract, columns: [...columns, { name: '', type: 'VARCHAR' }] })}
        >
          {t('contract.add_column')}
        </Button>
      </Group>
    </div>
  );
}

const usual = { new: 'add', missing: 'fail', retyped: 'fail' } as const;

function Policies({ contract, set }: PartProps) {
  const { t } = useTranslation('designer');
  return (
    <Group gap="xs" grow>
      {(['new', 'missing', 'retyped'] as const).map((change) => (
        <Select
          key={change}
          size="xs"
          label={t(`contract.${change}`)}
          value={contract[change] ?? usual[change]}
          allowDeselect={false}
          data={(['fail', 'add', 'ignore'] as const).map((value) => ({
            value,
            label: t(`contract.do.${change}_${value}`),
          }))}
          onChange={(value) => set({ ...contract, [change]: value as 'fail' | 'add' | 'ignore' })}
          comboboxProps={{ shadow: 'md', width: 'max-content', position: 'bottom-start' }}
          data-testid={`contract-${change}`}
        />
      ))}
    </Group>
  );
}
