// The portal itself behind a proxy that terminates TLS.

import { connect, type ConnectionOptions } from 'node:tls';
import { newUser, test } from './behind-proxies.js';
import { expect } from './fixtures.js';
import { LOGIN } from './reverse-proxy.js';
import { CLIENT, send, type Reply } from './wire.js';

/** The address that the client claims to have. */
const FORGED = '192.0.2.1';

test('the portal sees the address of the client, its cookies and pages stay with https, and browsers cannot ask what proxies ask', async ({ portal, wiki }) => {
  const { email, password } = await newUser(portal);
  const ask = (method: string, path: string, body: object | undefined, cookie = ''): Promise<Reply> => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const about = ['Content-Type: application/json', `Content-Length: ${text.length}`, `X-Forwarded-For: ${FORGED}`, `Cookie: ${cookie}`];
    return send(wiki.proxy.port, LOGIN, [`${method} ${path} HTTP/1.1`, `Host: ${LOGIN}`, ...about, '', text].join('\r\n'));
  };
  const page = await ask('GET', '/', undefined);
  expect(page.head).toMatch(/^strict-transport-security: max-age=31536000\r?$/im);
  for (const proxy of ['nginx', 'nginx-answer', 'caddy', 'traefik', 'envoy/']) {
    expect((await ask('GET', `/api/forward-auth/${proxy}`, undefined)).status, proxy).toBe(404);
  }
  const answer = await ask('POST', '/api/sign-in', { email, password });
  expect(answer.status).toBe(200);
  const cookies = [...answer.head.matchAll(/^set-cookie: (.*)$/gim)].map(([, cookie]) => cookie!);
  expect(cookies.filter((cookie) => !/^__Host-.*; *Secure/i.test(cookie) || !/; *HttpOnly/i.test(cookie))).toEqual([]);
  const session = cookies.map((cookie) => cookie.split(';')[0]).join('; ');
  const sessions = await ask('GET', '/api/me/sessions', undefined, session);
  // What the client itself sends in the header is not trusted.
  expect(sessions.body).toContain(`"${CLIENT}"`);
  expect(sessions.body).not.toContain(FORGED);
});

/** The version of TLS that is spoken with these options, or `refused`. */
function spoken(port: number, options: ConnectionOptions): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername: LOGIN, rejectUnauthorized: false, ...options });
    socket.once('secureConnect', () => resolve(socket.getProtocol())).once('error', () => resolve('refused'));
    socket.once('secureConnect', () => socket.destroy());
  });
}

test('only TLS 1.2 and 1.3 are spoken, the latest first, and only suites with authenticated encryption', async ({ wiki }) => {
  const { port } = wiki.proxy;
  expect(await spoken(port, {})).toBe('TLSv1.3');
  expect(await spoken(port, { maxVersion: 'TLSv1.2' })).toBe('TLSv1.2');
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    expect(await spoken(port, { minVersion: version, maxVersion: version, ciphers: 'DEFAULT:@SECLEVEL=0' })).toBe('refused');
  }
  const withoutAuthentication = 'ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384';
  expect(await spoken(port, { maxVersion: 'TLSv1.2', ciphers: withoutAuthentication })).toBe('refused');
});
