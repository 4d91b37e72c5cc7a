import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const admin = { name: 'admin', password: 'e2e-password-of-admin' };
export const authState = 'test-results/.auth/admin.json';

/** Starts the real binary on a free port with an empty data folder, logs in once, and stops it by its pid at the end. */
export default async function start(): Promise<() => Promise<void>> {
  const given = process.env.DATAFLOW_URL;
  if (given) {
    process.env.E2E_URL = given;
    await saveSession(given, process.env.DATAFLOW_ADMIN_PASSWORD ?? admin.password);
    return async () => {};
  }
  const binary = resolve(process.env.DATAFLOW_BIN ?? '../bin/dataflow');
  if (!existsSync(binary)) {
    throw new Error(`${binary} is not there: build it first, or name it in DATAFLOW_BIN`);
  }
  const data = mkdtempSync(join(tmpdir(), 'dataflow-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const args = ['serve', '--addr', `127.0.0.1:${port}`, '--data', data];
  // Databases of the tests are on this machine.
  args.push('--allow-network', '127.0.0.1');
  const python = process.env.DATAFLOW_PYTHON ?? resolve('../.venv/bin/python');
  // Environments are built of tiny packages, and of nothing from the net.
  const packages = join(data, 'packages');
  if (existsSync(python)) {
    args.push('--python', python);
    mkdirSync(packages);
    makePackages(python, packages);
  }

  const output: string[] = [];
  const server = spawn(binary, args, {
    env: {
      // A binary with the race detector ends at the first race, and the tests with it.
      GORACE: 'halt_on_error=1',
      ...process.env,
      DATAFLOW_ADMIN_PASSWORD: admin.password,
      PIP_NO_INDEX: '1',
      PIP_FIND_LINKS: packages,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const keep = (chunk: Buffer) => output.push(chunk.toString());
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  const stop = async () => {
    await end(server);
    rmSync(data, { recursive: true, force: true });
  };
  try {
    await ready(url, server);
    await saveSession(url, admin.password);
  } catch (error) {
    await stop();
    throw new Error(`the server did not come up: ${String(error)}\n${output.join('')}`);
  }
  process.env.E2E_URL = url;
  return stop;
}

function makePackages(python: string, folder: string) {
  const script = `import pathlib, sys, wheels
for version in ("1.0", "2.0"):
    wheels.wheel(pathlib.Path(sys.argv[1]), "greet", version, {"greet.py": f"version = '{version}'"})`;
  execFileSync(python, ['-c', script, folder], {
    env: { ...process.env, PYTHONPATH: resolve('../coderunner/tests') },
  });
}

export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address && typeof address === 'object') done(address.port);
        else fail(new Error('no free port'));
      });
    });
  });
}

/** Asks until the server is ready, or gives up when it has ended or 60 s are over. */
async function ready(url: string, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode}`);
    try {
      const response = await fetch(`${url}/readyz`);
      if (response.ok) return;
    } catch {
      // not listening yet
    }
    await new Promise((next) => setTimeout(next, 100));
  }
  throw new Error('it was not ready within 60 s');
}

/** Stores a session and settled preferences, so that every test begins logged in, in English and in the light theme. */
async function saveSession(url: string, password: string): Promise<void> {
  const response = await fetch(`${url}/api/auth/v1/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: admin.name, password }),
  });
  const cookie = response.headers.getSetCookie()[0];
  if (!response.ok || !cookie) throw new Error(`login answered ${response.status}`);
  const [pair = ''] = cookie.split(';');
  const [name = '', ...value] = pair.split('=');
  const { hostname } = new URL(url);
  const state = {
    cookies: [
      {
        name,
        value: value.join('='),
        domain: hostname,
        path: '/',
        expires: -1,
        httpOnly: true,
        secure: false,
        sameSite: 'Lax',
      },
    ],
    origins: [
      {
        origin: url,
        localStorage: [
          { name: 'dataflow-language', value: 'en' },
          { name: 'dataflow-theme', value: 'light' },
        ],
      },
    ],
  };
  mkdirSync(dirname(authState), { recursive: true });
  writeFileSync(authState, JSON.stringify(state));
}

function end(server: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (server.exitCode !== null || server.pid === undefined) {
      done();
      return;
    }
    const late = setTimeout(() => server.kill('SIGKILL'), 10_000);
    server.once('exit', () => {
      clearTimeout(late);
      done();
    });
    server.kill('SIGTERM');
  });
}
