// The nginx example of the documentation, as it stands there but for its addresses and paths.

import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, Portal, test as base } from './fixtures.js';
import { freePort } from './portal.js';

const execute = promisify(execFile);

/** Where nginx comes from, so that its address is not the browser's. */
const PROXY = '127.0.0.5';

const test = base.extend<{ behindTls: { portal: Portal; url: string } }>({
  behindTls: async ({ database }, use) => {
    const tlsPort = await freePort();
    const url = `https://localhost:${tlsPort}`;
    const portal = await Portal.start(database, { publicUrl: url, env: { POSTERN_TRUSTED_PROXIES: PROXY } });
    const dir = await mkdtemp(join(tmpdir(), 'postern-nginx-'));
    const nginx = await startNginx(dir, tlsPort, new URL(portal.url).port);
    await use({ portal, url });
    const ended = new Promise((resolve) => nginx.once('exit', resolve));
    nginx.kill();
    await ended;
    await portal.stop();
    await rm(dir, { recursive: true });
  },
});

async function startNginx(dir: string, tlsPort: number, port: string): Promise<ChildProcess> {
  const [key, certificate] = [join(dir, 'key.pem'), join(dir, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '2'];
  await execute('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, '-keyout', key, '-out', certificate]);
  const example = (await readFile(new URL('../docs/nginx.conf', import.meta.url), 'utf8'))
    .replace('listen 443 ssl', `listen 127.0.0.1:${tlsPort} ssl`)
    .replace('server_name login.example.com', 'server_name localhost')
    .replace(/ssl_certificate \S+;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key \S+;/, `ssl_certificate_key ${key};`)
    .replace('http://127.0.0.1:8080;', `http://127.0.0.1:${port}; proxy_bind ${PROXY};`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${dir}/${kind};`);
  const whole = `daemon off; pid ${dir}/pid; error_log stderr; events {} http { access_log off; ${temporary.join(' ')} ${example} }`;
  await writeFile(join(dir, 'nginx.conf'), whole);
  const nginx = spawn('nginx', ['-c', join(dir, 'nginx.conf'), '-e', 'stderr'], {
    stdio: 'inherit',
    env: { PATH: `${process.env.PATH}:/usr/sbin` },
  });
  process.once('exit', () => nginx.kill('SIGKILL'));
  return nginx;
}

test.use({ ignoreHTTPSErrors: true });

test('behind nginx with TLS a log-in works and the address is the client', async ({ page, behindTls: { portal, url } }) => {
  await portal.addAccount('Open', { require2fa: false });
  const user = await portal.addUser({ email: 'ada@example.com', account: 'Open' });
  await page.context().setExtraHTTPHeaders({ 'X-Forwarded-For': '192.0.2.1' });
  const logIn = async (): Promise<void> => {
    await page.getByLabel('E-mail').fill(user.email);
    await page.getByLabel('Password', { exact: true }).fill(user.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
  };
  await expect(async () => page.goto(url)).toPass();
  const shell = await page.request.get(url);
  expect(shell.headers()['strict-transport-security']).toBe('max-age=31536000');
  await logIn();
  const cookies = await page.context().cookies();
  expect(cookies.map(({ secure, httpOnly }) => secure && httpOnly)).toEqual([true, true]);
  await page.getByRole('button', { name: 'Log out' }).click();
  await logIn();
  // What the client itself wrote into the header stands to the left of the true address and is not believed.
  await expect(page.getByText('127.0.0.1')).toBeVisible();
  await expect(page.getByText('192.0.2.1')).toHaveCount(0);
});
