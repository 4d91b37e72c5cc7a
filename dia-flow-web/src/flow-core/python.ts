/**
 * Names of the parameters of main(), as far as they can be seen without a parser: good enough to name an input, while the
 * server's parser judges the code.
 */
export function mainParameters(code: unknown): string[] {
  if (typeof code !== 'string') return [];
  const signature = /^(?:async\s+)?def\s+main\s*\(([^)]*)\)/m.exec(code)?.[1];
  if (!signature) return [];
  return splitTop(signature.replace(/#.*$/gm, ''))
    .map((part) => /^\s*([A-Za-z_]\w*)/.exec(part)?.[1])
    .filter((name): name is string => name !== undefined);
}

/** Splits at commas that stand in no brackets, such as those of dict[str, int]. */
function splitTop(text: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const char of text) {
    if ('[{('.includes(char)) depth++;
    else if (']})'.includes(char)) depth--;
    if (char === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += char;
  }
  return parts;
}
