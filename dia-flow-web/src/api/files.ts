import { send, withQuery } from './client';
import { ApiError, type ProblemDocument } from './errors';
import type { FileInfo, Page } from './types';

const base = '/api/automation/v1/files';

/** Names keep their / between parts. */
export function fileUrl(name: string): string {
  return `${base}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

export async function listFiles(prefix = '', signal?: AbortSignal): Promise<FileInfo[]> {
  const items: FileInfo[] = [];
  let cursor = '';
  do {
    const response = await send(withQuery(base, { prefix, cursor, limit: 500 }), { signal });
    const page = (await response.json()) as Page<FileInfo>;
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}

export async function deleteFile(name: string): Promise<void> {
  await send(fileUrl(name), { method: 'DELETE' });
}

/** Uploads with progress, which fetch cannot tell yet. */
export function uploadFile(
  name: string,
  content: Blob,
  options: { onProgress?: (loaded: number, total: number) => void; signal?: AbortSignal } = {},
): Promise<FileInfo> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', fileUrl(name));
    request.setRequestHeader('Content-Type', content.type || 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded, event.total);
    };
    request.onload = () => {
      const answer = parse(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(answer as FileInfo);
      else reject(new ApiError(request.status, (answer ?? {}) as ProblemDocument));
    };
    request.onerror = () => reject(new ApiError(0, { code: 'unreachable' }));
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    options.signal?.addEventListener('abort', () => request.abort(), { once: true });
    request.send(content);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
