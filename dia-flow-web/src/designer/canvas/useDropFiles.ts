import { notifications } from '@mantine/notifications';
import { type DragEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toApiError } from '@/api/errors';
import { uploadFile } from '@/api/files';
import { useMayReplace } from '@/data/files/useMayReplace';
import type { Position } from '@/flow-core';
import { slug } from '@/flow-core';
import { notifyError } from '@/ui/notify';
import { addNode } from '../state/actions';
import { useController } from '../state/context';

/** A file dropped on the canvas is uploaded and becomes a node that reads it. */
export function useDropFiles() {
  const { t } = useTranslation('designer');
  const controller = useController();
  const mayReplace = useMayReplace();
  const [dropping, setDropping] = useState(false);

  const addFiles = async (files: File[], at?: Position) => {
    let place = at;
    try {
      if (!(await mayReplace(files.map((file) => ({ name: file.name, file }))))) return;
    } catch (error) {
      notifyError(error);
      return;
    }
    for (const file of files) {
      try {
        await uploadFile(file.name, file);
        const stem = slug(file.name.replace(/\.[^.]+$/, ''));
        addNode(controller, {
          type: 'file.read',
          with: { path: file.name },
          ...(stem ? { title: file.name } : {}),
          ...(place ? { at: place } : {}),
        });
        if (place) place = [place[0], place[1] + 128];
      } catch (error) {
        notifications.show({
          color: 'red',
          title: t('drop.failed', { name: file.name }),
          message: toApiError(error).message,
        });
      }
    }
  };

  return {
    dropping,
    addFiles,
    onDragOver: (event: DragEvent) => {
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      if (event.dataTransfer.types.includes('Files')) setDropping(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false);
    },
    onDrop: async (event: DragEvent, at: Position) => {
      setDropping(false);
      const files = [...event.dataTransfer.files];
      if (files.length === 0) return;
      event.preventDefault();
      await addFiles(files, at);
    },
  };
}
