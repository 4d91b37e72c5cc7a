import {
  Box,
  Button,
  Center,
  Code,
  Group,
  Image,
  Loader,
  ScrollArea,
  Stack,
  Text,
} from '@mantine/core';
import { IconDownload, IconFile } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { artifactUrl, fileUrl, send } from '@/api';
import { useFormat } from '@/lib/format';
import { ProblemAlert } from '@/ui/ProblemAlert';

interface FilePreviewProps {
  /** An artifact, or … */
  artifactId?: string;
  name: string;
  mediaType: string;
  size: number;
}

const textLimit = 256 * 1024;

/** A file as far as a browser can show it: an image, the beginning of a text; else its name and a download. */
export function FilePreview({ artifactId, name, mediaType, size }: FilePreviewProps) {
  const { t } = useTranslation('data');
  const format = useFormat();
  const url = artifactId ? artifactUrl(artifactId, { name: baseName(name) }) : fileUrl(name);
  const kind = size === 0 ? 'empty' : previewKind(name, mediaType);

  return (
    <Stack h="100%" gap={0}>
      <Group
        px="sm"
        py={6}
        justify="space-between"
        wrap="nowrap"
        style={{ borderBottom: '1px solid var(--app-line)' }}
      >
        <Text size="xs" truncate style={{ color: 'var(--app-muted)' }}>
          {name} · {format.bytes(size)}
        </Text>
        <Button
          component="a"
          href={url}
          download={baseName(name)}
          size="compact-xs"
          variant="default"
          leftSection={<IconDownload size={14} />}
        >
          {t('common:action.download')}
        </Button>
      </Group>
      <Box flex={1} mih={0}>
        {kind === 'image' && (
          <Center h="100%" p="md">
            <Image src={url} alt={name} mah="100%" fit="contain" w="auto" />
          </Center>
        )}
        {kind === 'text' && <TextPreview url={url} size={size} />}
        {(kind === 'none' || kind === 'empty') && (
          <Center h="100%" p="xl">
            <Stack align="center" gap="xs">
              <IconFile size={32} stroke={1.4} />
              <Text size="sm">{t(kind === 'empty' ? 'file.empty' : 'file.noPreview')}</Text>
            </Stack>
          </Center>
        )}
      </Box>
    </Stack>
  );
}

function TextPreview({ url, size }: { url: string; size: number }) {
  const { t } = useTranslation('data');
  const query = useQuery({
    queryKey: ['file-text', url, size],
    queryFn: async ({ signal }) => {
      const response = await send(url, { headers: { Range: `bytes=0-${textLimit - 1}` }, signal });
      return (await response.text()).slice(0, textLimit);
    },
  });
  if (query.isPending) {
    return (
      <Center h="100%">
        <Loader size="sm" />
      </Center>
    );
  }
  if (query.error) return <ProblemAlert error={query.error} />;
  return (
    <ScrollArea
      h="100%"
      viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': t('file.text') }}
    >
      <Code block bg="transparent" p="sm" fz={12}>
        {query.data}
      </Code>
      {size > textLimit && (
        <Text size="xs" p="sm" style={{ color: 'var(--app-muted)' }}>
          {t('file.truncated')}
        </Text>
      )}
    </ScrollArea>
  );
}

function baseName(name: string): string {
  return name.split('/').at(-1) ?? name;
}

const images = /^image\/(png|jpeg|gif|webp|avif|bmp)$/;
const texts = /^(text\/(?!html)|application\/(json|x-ndjson|yaml|x-yaml|sql|toml|xml))/;
const textEndings = /\.(txt|csv|tsv|json|ndjson|jsonl|ya?ml|md|sql|py|log|xml|toml|ini)$/i;

/** What can be shown without running anything the file brings along. */
export function previewKind(name: string, mediaType: string): 'image' | 'text' | 'none' {
  const type = mediaType.split(';')[0]?.trim().toLowerCase() ?? '';
  if (images.test(type)) return 'image';
  if (texts.test(type) || textEndings.test(name)) return 'text';
  return 'none';
}
