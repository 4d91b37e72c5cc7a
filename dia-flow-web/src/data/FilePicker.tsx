import {
  ActionIcon,
  Combobox,
  FileButton,
  Group,
  Loader,
  Progress,
  Text,
  TextInput,
  Tooltip,
  useCombobox,
} from '@mantine/core';
import { IconFile, IconUpload } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/lib/format';
import { useFileList, useUploads } from './files/useFiles';

export interface FilePickerProps {
  /** Name of a file in the tenant's folder; may also be typed, or hold an expression. */
  value: string;
  onChange: (name: string) => void;
  label?: ReactNode;
  description?: ReactNode;
  error?: ReactNode;
  placeholder?: string;
  disabled?: boolean;
  required?: boolean;
  id?: string;
  'aria-label'?: string;
  'data-testid'?: string;
}

const most = 100;

/** Chooses one of the tenant's files, or uploads one; a name that does not exist yet can be typed. */
export function FilePicker(props: FilePickerProps) {
  const { value, onChange, 'data-testid': testId = 'file-picker', placeholder, ...input } = props;
  const { t } = useTranslation('data');
  const format = useFormat();
  const combobox = useCombobox({ onDropdownClose: () => combobox.resetSelectedOption() });
  const files = useFileList();
  const uploads = useUploads(onChange);
  const running = uploads.uploads.find((upload) => !upload.error);

  const names = files.data ?? [];
  const exact = names.some((file) => file.name === value);
  const wanted = exact ? '' : value.toLowerCase();
  const shown = names.filter((file) => file.name.toLowerCase().includes(wanted)).slice(0, most);

  return (
    <Combobox
      store={combobox}
      onOptionSubmit={(name) => {
        onChange(name);
        combobox.closeDropdown();
      }}
    >
      <Combobox.Target>
        <TextInput
          {...input}
          value={value}
          placeholder={placeholder ?? t('file.choose')}
          onChange={(event) => {
            onChange(event.currentTarget.value);
            combobox.openDropdown();
          }}
          onClick={() => combobox.openDropdown()}
          onBlur={() => combobox.closeDropdown()}
          spellCheck={false}
          leftSection={<IconFile size={16} stroke={1.6} />}
          rightSectionWidth={40}
          rightSection={
            <FileButton onChange={(file) => file && void uploads.start([file])}>
              {(button) => (
                <Tooltip label={t('file.upload')}>
                  <ActionIcon
                    {...button}
                    disabled={input.disabled || Boolean(running)}
                    aria-label={t('file.upload')}
                    data-testid={`${testId}-upload`}
                  >
                    {running ? <Loader size={14} /> : <IconUpload size={16} />}
                  </ActionIcon>
                </Tooltip>
              )}
            </FileButton>
          }
          inputContainer={(children) => (
            <>
              {children}
              {running && (
                <Progress
                  size={3}
                  mt={4}
                  value={running.total ? (running.loaded / running.total) * 100 : 0}
                  aria-label={t('file.uploading', { name: running.name })}
                />
              )}
            </>
          )}
          data-testid={testId}
        />
      </Combobox.Target>
      <Combobox.Dropdown hidden={shown.length === 0 && !files.isPending}>
        <Combobox.Options mah={260} style={{ overflowY: 'auto' }}>
          {files.isPending && <Combobox.Empty>{t('common:list.loading')}</Combobox.Empty>}
          {shown.map((file) => (
            <Combobox.Option key={file.name} value={file.name} active={file.name === value}>
              <Group justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm" truncate>
                  {file.name}
                </Text>
                <Text
                  size="xs"
                  className="tabular"
                  style={{ color: 'var(--app-muted)', flex: 'none' }}
                >
                  {format.bytes(file.size)}
                </Text>
              </Group>
            </Combobox.Option>
          ))}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
