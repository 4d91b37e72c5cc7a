/** The lines of a text as the server keeps them: without what is empty at the end. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return lines;
}

/** What is asked for, without comments and empty lines. */
export function packagesOf(lines: readonly string[]): string[] {
  return lines
    .map((line) => (line.trimStart().startsWith('#') ? '' : (line.split(' #')[0] ?? '').trim()))
    .filter((line) => line !== '');
}

/** What an environment can be called. */
export const environmentName = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
