import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './server';

export interface Postgres {
  port: number;
  password: string;
  /** Carries out statements and gives what they print. */
  sql: (text: string) => string;
  stop: () => Promise<void>;
}

/** Debian keeps the servers of each version in a folder of their own. */
function programs(): string {
  const root = '/usr/lib/postgresql';
  const newest = readdirSync(root)
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
    .pop();
  if (!newest) throw new Error('PostgreSQL is missing; on Debian: sudo apt-get install postgresql');
  return join(root, String(newest), 'bin');
}

/** The server refuses to be run by root. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** Starts a PostgreSQL server of its own on a free port. */
export async function startPostgres(): Promise<Postgres> {
  const bin = programs();
  const who = account();
  const dir = mkdtempSync(join(tmpdir(), 'dataflow-e2e-pg-'));
  const data = join(dir, 'data');
  const password = 'sesame-of-the-e2e-test';
  const secret = join(dir, 'password');
  writeFileSync(secret, `${password}\n`);
  if (who.uid !== undefined && who.gid !== undefined) {
    for (const path of [dir, secret]) chownSync(path, who.uid, who.gid);
  }
  execFileSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'dataflow',
      '--pwfile',
      secret,
      '-A',
      'scram-sha-256',
      '--locale',
      'C',
      '-E',
      'UTF8',
      '--no-sync',
    ],
    { ...who, cwd: dir, stdio: 'ignore' },
  );
  const port = await freePort();
  const server = spawn(
    join(bin, 'postgres'),
    ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', dir, '-c', 'fsync=off'],
    { ...who, cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await ready(server);
  const env = { ...process.env, PGPASSWORD: password };
  return {
    port,
    password,
    sql: (text) =>
      execFileSync(
        join(bin, 'psql'),
        [
          '-h',
          '127.0.0.1',
          '-p',
          String(port),
          '-U',
          'dataflow',
          '-d',
          'postgres',
          '-v',
          'ON_ERROR_STOP=1',
          '-Atqc',
          text,
        ],
        { env, encoding: 'utf8' },
      ).trim(),
    stop: async () => {
      await new Promise((done) => {
        server.once('exit', done);
        server.kill('SIGINT');
      });
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function ready(server: ChildProcess): Promise<void> {
  return new Promise((done, fail) => {
    let output = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('ready to accept connections')) done();
    });
    server.once('exit', (code) => fail(new Error(`PostgreSQL ended with ${code}\n${output}`)));
  });
}
