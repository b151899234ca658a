// Web applications in Python, each a single file beside this one.

import { spawn } from 'node:child_process';
import { freePort, needed, type Portal } from '../portal.js';
import { answers, register, SCOPE } from '../relying-parties.js';

/** A running application. */
export interface PythonSite {
  url: string;
  stop: () => Promise<void>;
}

/** Starts an application as a client of the portal. */
export async function startPython(portal: Portal, file: string): Promise<PythonSite> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = { ...(await register(portal, url)), port, url, scope: SCOPE };
  const env = { PATH: process.env.PATH, PYTHONPATH: needed('POSTERN_TEST_WHEELS'), CLIENT: JSON.stringify(settings) };
  const child = spawn('python3', ['-B', new URL(file, import.meta.url).pathname], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  process.once('exit', () => child.kill('SIGKILL'));
  let log = '';
  child.stdout.on('data', (text) => (log += text));
  child.stderr.on('data', (text) => (log += text));
  const stop = async () => {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await ended;
  };
  await answers(url, child, async () => log);
  return { url, stop };
}
