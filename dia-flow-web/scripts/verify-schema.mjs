// Fails when src/api/schema.d.ts is not what api/openapi.json gives.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'dataflow-schema-'));
try {
  const fresh = join(folder, 'schema.d.ts');
  execFileSync('npx', ['openapi-typescript', '../api/openapi.json', '-o', fresh], {
    stdio: 'ignore',
  });
  if (readFileSync(fresh, 'utf8') !== readFileSync('src/api/schema.d.ts', 'utf8')) {
    process.stderr.write(
      'src/api/schema.d.ts is stale: run npm run generate and commit the result\n',
    );
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
