import {
  ActionIcon,
  Button,
  CloseButton,
  FileButton,
  Group,
  Menu,
  Modal,
  Progress,
  Skeleton,
  Stack,
  Table,
  Text,
  TextInput,
} from '@mantine/core';
import { modals } from '@mantine/modals';
import {
  IconDots,
  IconDownload,
  IconFile,
  IconFiles,
  IconFileTypeCsv,
  IconPhoto,
  IconSearch,
  IconTable,
  IconTrash,
  IconUpload,
} from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { deleteFile, type FileInfo, fileUrl, keys } from '@/api';
import { useCan } from '@/auth/session';
import { FilePreview, type Upload, useFileList, useUploads } from '@/data';
import { useFormat } from '@/lib/format';
import { EmptyState } from '@/ui/EmptyState';
import { notifyError, notifySuccess } from '@/ui/notify';
import { Page } from '@/ui/Page';
import { ProblemAlert } from '@/ui/ProblemAlert';
import { TableCard } from '@/ui/TableCard';
import { TimeAgo } from '@/ui/Time';
import classes from './FilesPage.module.css';

/** The tenant's own files, which flows read and write by name. */
export function FilesPage() {
  const { t } = useTranslation('files');
  const mayWrite = useCan('file.write');
  const files = useFileList();
  const uploads = useUploads();
  const [text, setText] = useState('');
  const [over, setOver] = useState(false);
  const [shown, setShown] = useState<FileInfo>();

  const matching = useMemo(() => {
    const wanted = text.trim().toLowerCase();
    return (files.data ?? []).filter((file) => file.name.toLowerCase().includes(wanted));
  }, [files.data, text]);
  const none = files.isSuccess && files.data.length === 0;

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    if (mayWrite) void uploads.start([...event.dataTransfer.files]);
  };
  const upload = mayWrite && (
    <FileButton multiple onChange={(chosen) => void uploads.start(chosen)}>
      {(button) => (
        <Button {...button} leftSection={<IconUpload size={16} />} data-testid="file-upload">
          {t('upload')}
        </Button>
      )}
    </FileButton>
  );

  return (
    <Page title={t('title')} description={t('description')} actions={!none && upload}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a shortcut for the button above */}
      <div
        className={classes.area}
        data-over={over || undefined}
        data-hint={t('dropHere')}
        onDragOver={(event) => {
          if (!mayWrite || !event.dataTransfer.types.includes('Files')) return;
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
        }}
        onDrop={drop}
      >
        <Stack gap="md">
          {!none && (
            <TextInput
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              leftSection={<IconSearch size={16} />}
              placeholder={t('search')}
              aria-label={t('search')}
              maw={360}
            />
          )}
          {uploads.uploads.map((each) => (
            <UploadRow key={each.id} upload={each} onDismiss={() => uploads.dismiss(each.id)} />
          ))}
          {files.error && <ProblemAlert error={files.error} onRetry={() => void files.refetch()} />}
          {files.isPending && (
            <Stack gap={8} aria-busy="true">
              {['a', 'b', 'c', 'd'].map((row) => (
                <Skeleton key={row} h={44} />
              ))}
            </Stack>
          )}
          {none && (
            <EmptyState icon={IconFiles} title={t('empty.title')} actions={upload}>
              {t('empty.help')}
            </EmptyState>
          )}
          {files.isSuccess && !none && matching.length === 0 && (
            <EmptyState icon={IconSearch} title={t('noMatch')} compact />
          )}
          {matching.length > 0 && (
            <FilesTable files={matching} mayWrite={mayWrite} onShow={setShown} />
          )}
        </Stack>
      </div>
      <Modal
        opened={shown !== undefined}
        onClose={() => setShown(undefined)}
        title={shown?.name}
        size="xl"
        padding={0}
        classNames={{ header: classes.previewHead }}
      >
        {shown && (
          <div className={classes.preview}>
            <FilePreview name={shown.name} mediaType={shown.media_type} size={shown.size} />
          </div>
        )}
      </Modal>
    </Page>
  );
}

function UploadRow({ upload, onDismiss }: { upload: Upload; onDismiss: () => void }) {
  const { t } = useTranslation('files');
  const format = useFormat();
  const share = upload.total ? (upload.loaded / upload.total) * 100 : 0;
  return (
    <div className={classes.upload} data-testid="upload">
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" truncate>
          {upload.name}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Text size="xs" className="tabular">
            {upload.error
              ? t('failed')
              : `${format.bytes(upload.loaded)} / ${format.bytes(upload.total)}`}
          </Text>
          <CloseButton
            size="sm"
            onClick={upload.error ? onDismiss : upload.stop}
            aria-label={t(upload.error ? 'dismiss' : 'stop')}
          />
        </Group>
      </Group>
      <Progress
        value={upload.error ? 100 : share}
        color={upload.error ? 'red' : 'indigo'}
        size={4}
        mt={6}
        aria-label={upload.name}
      />
    </div>
  );
}

interface FilesTableProps {
  files: FileInfo[];
  mayWrite: boolean;
  onShow: (file: FileInfo) => void;
}

function FilesTable({ files, mayWrite, onShow }: FilesTableProps) {
  const { t } = useTranslation('files');
  const format = useFormat();
  const client = useQueryClient();
  const removal = useMutation({
    mutationFn: deleteFile,
    onSuccess: async (_, name) => {
      notifySuccess(t('deleted', { name }));
      await client.invalidateQueries({ queryKey: keys.files });
    },
    onError: (error) => notifyError(error),
  });
  const confirm = (name: string) =>
    modals.openConfirmModal({
      title: t('delete.title', { name }),
      children: t('delete.text'),
      labels: { confirm: t('common:action.delete'), cancel: t('common:action.cancel') },
      confirmProps: { color: 'red', 'data-testid': 'file-delete-confirm' },
      onConfirm: () => removal.mutate(name),
    });

  return (
    <TableCard label={t('title')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('column.name')}</Table.Th>
          <Table.Th ta="right">{t('column.size')}</Table.Th>
          <Table.Th>{t('column.modified')}</Table.Th>
          <Table.Th w={52} aria-label={t('common:action.more')} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {files.map((file) => (
          <Table.Tr key={file.name} data-testid="file-row" data-file={file.name}>
            <Table.Td>
              <button type="button" className={classes.name} onClick={() => onShow(file)}>
                <TypeIcon name={file.name} />
                <FileName name={file.name} />
              </button>
            </Table.Td>
            <Table.Td ta="right" className="tabular">
              {format.bytes(file.size)}
            </Table.Td>
            <Table.Td>
              <TimeAgo value={file.modified_at} />
            </Table.Td>
            <Table.Td>
              <Menu>
                <Menu.Target>
                  <ActionIcon aria-label={t('menu', { name: file.name })} data-testid="file-menu">
                    <IconDots size={18} />
                  </ActionIcon>
                </Menu.Target>
                <Menu.Dropdown>
                  <Menu.Item
                    component="a"
                    href={fileUrl(file.name)}
                    download={file.name.split('/').at(-1)}
                    leftSection={<IconDownload size={16} stroke={1.6} />}
                  >
                    {t('common:action.download')}
                  </Menu.Item>
                  {mayWrite && (
                    <Menu.Item
                      color="red"
                      leftSection={<IconTrash size={16} stroke={1.6} />}
                      onClick={() => confirm(file.name)}
                      data-testid="file-delete"
                    >
                      {t('common:action.delete')}
                    </Menu.Item>
                  )}
                </Menu.Dropdown>
              </Menu>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </TableCard>
  );
}

/** The folder is quieter than the name in it. */
function FileName({ name }: { name: string }) {
  const slash = name.lastIndexOf('/');
  return (
    <span>
      {slash >= 0 && <span className={classes.folder}>{name.slice(0, slash + 1)}</span>}
      {name.slice(slash + 1)}
    </span>
  );
}

function TypeIcon({ name }: { name: string }) {
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  if (['csv', 'tsv'].includes(ending)) return <IconFileTypeCsv size={18} stroke={1.5} />;
  if (['parquet', 'xlsx', 'ndjson', 'jsonl'].includes(ending))
    return <IconTable size={18} stroke={1.5} />;
  if (['png', 'jpg', 'jpeg', 'gif', 'webp', 'svg'].includes(ending)) {
    return <IconPhoto size={18} stroke={1.5} />;
  }
  return <IconFile size={18} stroke={1.5} />;
}
