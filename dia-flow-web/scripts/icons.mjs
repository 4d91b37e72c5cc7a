// Writes src/designer/palette/icons.ts from the node types (`dataflow nodes --json`, as a file): the icon of each type by its name.
// With --check it only fails when the file is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import * as tabler from '@tabler/icons-react';

const [source, mode] = process.argv.slice(2);
const target = 'src/designer/palette/icons.ts';
const { items, triggers } = JSON.parse(readFileSync(source, 'utf8'));

const component = (icon) =>
  `Icon${icon
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}`;
const types = [...items, ...triggers].map(({ name, doc }) => [name, component(doc.icon)]);
types.sort(([a], [b]) => (a < b ? -1 : 1));
const unknown = types.filter(([, icon]) => !(icon in tabler));
if (unknown.length > 0) {
  for (const [name, icon] of unknown)
    process.stderr.write(`${name}: Tabler has no icon ${icon}; choose one of tabler.io/icons\n`);
  process.exit(1);
}

const used = [...new Set(types.map(([, icon]) => icon))].sort();
const key = (name) => (/^\w+$/.test(name) ? name : `'${name}'`);
const text = `// Written by make generate from the node types; do not edit.
import {
  type Icon,
${used.map((icon) => `  ${icon},`).join('\n')}
} from '@tabler/icons-react';

/** The icon of each type of node or trigger by its name. */
export const ICONS: Record<string, Icon> = {
${types.map(([name, icon]) => `  ${key(name)}: ${icon},`).join('\n')}
};
`;

if (mode !== '--check') writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(`${target} is stale: run make generate and commit the result\n`);
  process.exitCode = 1;
}
