// Fails when the JavaScript that the first page load needs, gzipped, passes its budget. Run after a build.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const budget = 350 * 1024;
const dist = 'dist';
const html = readFileSync(join(dist, 'index.html'), 'utf8');

const wanted = new Set(
  [...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map((match) => match[1]),
);

// Static imports of those files come with them; dynamic ones do not.
for (const file of wanted) {
  const code = readFileSync(join(dist, file), 'utf8');
  for (const match of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    wanted.add(`assets/${match[1]}`);
}
// The first screen is the list of flows with its shell; its own chunks count too.
for (const file of readdirSync(join(dist, 'assets'))) {
  if (!/^(FlowsPage|common|flows)-.*\.js$/.test(file)) continue;
  wanted.add(`assets/${file}`);
  const code = readFileSync(join(dist, 'assets', file), 'utf8');
  for (const match of code.matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g))
    wanted.add(`assets/${match[1]}`);
}

let total = 0;
for (const file of wanted) total += gzipSync(readFileSync(join(dist, file))).length;
const kib = (total / 1024).toFixed(1);
process.stdout.write(
  `initial JavaScript: ${kib} KiB gzip in ${wanted.size} files (budget ${budget / 1024} KiB)\n`,
);
if (total > budget) process.exitCode = 1;
