// What a client can send to get past a proxy: other spellings of headers and paths, tunnels, other hosts. However a proxy handles it, the
// application receives only what was checked, with the identity that Postern gave. Some proxies clean a request, others refuse it; the
// table says which.

import { newUser, open, sessionOf, test } from './behind-proxies.js';
import { expect } from './fixtures.js';
import type { Received } from './application.js';
import { PROXIES, type ProxyName } from './reverse-proxy.js';
import { CLIENT, send, sendHttp2, type Reply } from './wire.js';

/** `reached`: the request was made harmless, and the application answered. Otherwise, the status of the refusal. */
type Expected = 'reached' | number;

/** A request with a valid session. Everything that the client must not be able to claim contains "forged". */
interface Hostile {
  what: string;
  method?: string;
  target?: string;
  /** In place of the application's host. */
  host?: string;
  headers?: string[];
  body?: string;
  /** In the order of `PROXIES`, or the same for all. */
  expected: Expected | [Expected, Expected, Expected, Expected, Expected];
}

const APP = 'app.example.com';

const identity: Hostile[] = ['User', 'Email', 'Name', 'Groups'].flatMap((part) => [
  { what: `Remote-${part}`, headers: [`Remote-${part}: forged`], expected: 'reached' },
  { what: `Remote-${part} twice`, headers: [`Remote-${part}: forged`, `remote-${part}: forged too`], expected: 'reached' },
  { what: `Remote_${part}`, headers: [`Remote_${part}: forged`], expected: ['reached', 'reached', 'reached', 400, 400] },
  { what: `Remote.${part}`, headers: [`Remote.${part}: forged`], expected: ['reached', 'reached', 'reached', 400, 'reached'] },
  { what: `Connection: Remote-${part}`, headers: [`Connection: close, Remote-${part}`], expected: 'reached' },
]);

const aliases: Hostile[] = [...`!#$%&'*+^\`|~`].map((sign) => ({
  what: `Remote${sign}User`,
  headers: [`Remote${sign}User: forged`],
  expected: ['reached', 'reached', 'reached', 400, 'reached'],
}));

const forwarding: Hostile[] = [
  ...['For', 'Host', 'Proto', 'Uri', 'Method', 'Port', 'Prefix', 'Server'].flatMap((part): Hostile[] => [
    { what: `X-Forwarded-${part}`, headers: [`X-Forwarded-${part}: forged`], expected: 'reached' },
    { what: `X_Forwarded_${part}`, headers: [`X_Forwarded_${part}: forged`], expected: ['reached', 'reached', 'reached', 400, 400] },
    { what: `X.Forwarded.${part}`, headers: [`X.Forwarded.${part}: forged`], expected: ['reached', 'reached', 'reached', 400, 'reached'] },
  ]),
  ...['For', 'Host', 'Proto'].map(
    (part): Hostile => ({
      what: `Connection: X-Forwarded-${part}`,
      headers: [`Connection: close, X-Forwarded-${part}`],
      expected: ['reached', 'reached', 'reached', 'reached', 400],
    }),
  ),
  ...['Forwarded', 'X-Real-IP', 'X-Original-URL', 'X-Original-URI', 'X-Original-Method', 'X-Rewrite-URL'].map(
    (name): Hostile => ({ what: name, headers: [`${name}: forged`], expected: 'reached' }),
  ),
  { what: 'X_Original_URL', headers: ['X_Original_URL: forged'], expected: ['reached', 'reached', 'reached', 400, 400] },
  { what: 'Connection: X-Original-URL', headers: ['Connection: close, X-Original-URL'], expected: 'reached' },
  { what: 'Connection: Cookie', headers: ['Connection: close, Cookie'], expected: ['reached', 'reached', 'reached', 401, 401] },
];

const paths: Hostile[] = [
  { what: 'a refused path', target: '/forbidden', expected: 403 },
  { what: 'below a refused path', target: '/forbidden/x', expected: 403 },
  { what: 'a letter of it encoded', target: '/%66orbidden', expected: 403 },
  { what: 'a letter of it encoded twice', target: '/%2566orbidden', expected: 400 },
  { what: 'with an encoded slash', target: '/forbidden%2Fx', expected: 400 },
  { what: 'with an encoded backslash', target: '/x%5C..%5Cforbidden', expected: 400 },
  { what: 'with two slashes', target: '//forbidden', expected: [400, 400, 400, 403, 403] },
  { what: 'with a dot', target: '/./forbidden', expected: [400, 400, 400, 403, 403] },
  { what: 'from another path', target: '/x/../forbidden', expected: [400, 400, 400, 403, 403] },
  { what: 'from another path, encoded', target: '/x/%2e%2e/forbidden', expected: [400, 400, 400, 403, 403] },
  { what: 'from the open path', target: '/healthz/../forbidden', expected: [400, 400, 400, 403, 403] },
  { what: 'from the paths of Postern', target: '/.postern/../forbidden', expected: [400, 400, 400, 403, 403] },
  { what: 'with a parameter in the path', target: '/forbidden;x', expected: 403 },
  { what: 'with a NUL', target: '/forbidden%00', expected: 400 },
  { what: 'after a fragment', target: '/x#/../forbidden', expected: 400 },
  { what: 'the check itself', target: '/.postern/-check', expected: 404 },
  { what: 'from the console of the portal', target: '/console/..%2f.postern/x', expected: [404, 404, 404, 400, 400] },
];

const hosts: Hostile[] = [
  { what: 'another host', host: 'other.example.com', expected: [421, 421, 421, 404, 404] },
  { what: 'the host in upper case', host: 'APP.EXAMPLE.COM', expected: ['reached', 400, 400, 400, 400] },
  { what: 'the host with a dot', host: 'app.example.com.', expected: ['reached', 421, 421, 400, 404] },
  { what: 'the host with another port', host: 'app.example.com:8443', expected: ['reached', 400, 400, 400, 404] },
  { what: 'the host with a user', host: 'forged@app.example.com', expected: [421, 400, 400, 400, 404] },
  { what: 'an address of another host', target: 'https://other.example.com/', expected: [421, 421, 421, 404, 404] },
  { what: 'an address of this host with another scheme', target: 'http://app.example.com/', expected: 'reached' },
  { what: 'two hosts', headers: ['Host: other.example.com'], expected: [400, 400, 400, 400, 404] },
];

const methods: Hostile[] = [
  { what: 'CONNECT', method: 'CONNECT', target: 'app.example.com:443', expected: [400, 400, 400, 501, 404] },
  { what: 'TRACE', method: 'TRACE', expected: [405, 400, 400, 400, 400] },
  { what: 'a method in lower case', method: 'get', expected: 400 },
  { what: 'a method that nobody knows', method: 'FORGED', expected: 400 },
];

const UPGRADE = 'Connection: Upgrade';

const connections: Hostile[] = [
  {
    what: 'an upgrade to h2c',
    headers: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'],
    expected: 'reached',
  },
  { what: 'an upgrade to websocket or h2c', headers: [UPGRADE, 'Upgrade: websocket, h2c'], expected: ['reached', 'reached', 'reached', 'reached', 403] },
  { what: 'upgrades to websocket and to h2c', headers: [UPGRADE, 'Upgrade: websocket', 'Upgrade: h2c'], expected: ['reached', 'reached', 'reached', 'reached', 403] },
  { what: 'upgrades to h2c and to websocket', headers: [UPGRADE, 'Upgrade: h2c', 'Upgrade: websocket'], expected: ['reached', 'reached', 'reached', 'reached', 403] },
  { what: 'an upgrade to TLS', headers: [UPGRADE, 'Upgrade: TLS/1.2'], expected: ['reached', 'reached', 'reached', 'reached', 403] },
  {
    what: 'trailers',
    method: 'POST',
    headers: ['Transfer-Encoding: chunked', 'Trailer: Remote-User', 'TE: trailers'],
    body: '4\r\ntext\r\n0\r\nRemote-User: forged\r\nX-Original-URL: forged\r\n\r\n',
    expected: 'reached',
  },
  {
    what: 'a length and chunks at once',
    method: 'POST',
    headers: ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    body: '0\r\n\r\nGET /forbidden HTTP/1.1\r\nHost: app.example.com\r\n\r\n',
    expected: [400, 'reached', 'reached', 'reached', 400],
  },
  { what: 'two lengths', method: 'POST', headers: ['Content-Length: 4', 'Content-Length: 5'], body: 'text!', expected: 400 },
  { what: 'a folded header', headers: ['X-Note: a\r\n Remote-User: b'], expected: [400, 'reached', 'reached', 'reached', 'reached'] },
  { what: 'a blank before the colon', headers: ['Remote-User : forged'], expected: 400 },
  { what: 'a line feed alone', headers: ['X-Note: a\nRemote-User: forged'], expected: 'reached' },
];

const table = [...identity, ...aliases, ...forwarding, ...paths, ...hosts, ...methods, ...connections];

function bytesOf({ method = 'GET', target = '/', host = APP, headers = [], body = '' }: Hostile, cookie?: string): string {
  const closing = headers.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close'];
  const session = cookie === undefined ? [] : [`Cookie: __Host-postern-app=${cookie}`];
  return [`${method} ${target} HTTP/1.1`, `Host: ${host}`, ...session, ...closing, ...headers, '', body].join('\r\n');
}

/** What is wrong with a request that the application received. Empty if it is the one that was checked. */
function faults({ target, headers, body }: Received, user: string): string[] {
  const identity = { 'remote-user': user, 'remote-email': user, 'remote-name': 'Bo', 'remote-groups': 'Acme' };
  const found: string[] = [];
  for (const [name, value] of Object.entries(identity)) {
    // An application that reads CGI variables sees all of these as the same header.
    const alike = headers.filter(([sent]) => sent.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') === name);
    if (alike.length !== 1 || alike[0]![0].toLowerCase() !== name || alike[0]![1] !== value) found.push(`${name}: ${JSON.stringify(alike)}`);
  }
  const says = (name: string, allowed: string[]): void => {
    const values = headers.filter(([sent]) => sent.toLowerCase() === name).map(([, value]) => value);
    if (values.some((value) => !allowed.includes(value))) found.push(`${name}: ${values.join()}`);
  };
  says('host', [APP]);
  says('upgrade', ['websocket']);
  says('x-forwarded-for', [CLIENT]);
  says('x-forwarded-host', [APP]);
  says('x-forwarded-proto', ['https', 'wss']);
  if (/forged/.test(JSON.stringify(headers)) || /forged/.test(body)) found.push('forged');
  if (decodeURIComponent(target).includes('forbidden')) found.push(target);
  return found;
}

test('hostile requests reach an application only as they were checked', async ({ page, portal, proxyName, wiki }) => {
  test.slow();
  const user = await newUser(portal);
  await open(page, wiki.url, user);
  const cookie = await sessionOf(page, wiki.url);
  const { received } = wiki.application;
  const differences: string[] = [];
  for (const row of table) {
    received.length = 0;
    const stranger = await send(wiki.proxy.port, APP, bytesOf(row));
    if (received.length > 0) differences.push(`${row.what}: without a session the application heard ${JSON.stringify(received)}`);
    if (stranger.status === 101) differences.push(`${row.what}: a tunnel without a session`);
    const reply = await send(wiki.proxy.port, APP, bytesOf(row, cookie));
    const outcome = outcomeOf(reply, received);
    const wanted = expectedOf(row, proxyName);
    if (outcome !== wanted) differences.push(`${row.what}: ${outcome} and not ${wanted}`);
    for (const request of received) differences.push(...faults(request, user.email).map((fault) => `${row.what}: ${fault}`));
  }
  expect(differences).toEqual([]);
});

test('an open path says nothing about who asks that the client could have said', async ({ proxyName, wiki }) => {
  const { received } = wiki.application;
  received.length = 0;
  const headers = [...identity, ...aliases].flatMap((row) => (expectedOf(row, proxyName) === 'reached' ? row.headers! : []));
  const forged = headers.filter((line) => !line.startsWith('Connection'));
  const reply = await send(wiki.proxy.port, APP, bytesOf({ what: 'an open path', target: '/healthz', headers: forged, expected: 'reached' }));
  expect(outcomeOf(reply, received)).toBe('reached');
  expect(JSON.stringify(received)).not.toContain('forged');
  const names = received.flatMap((request) => request.headers.map(([name]) => name.toLowerCase())).filter((name) => name.startsWith('remote-'));
  expect(names.sort()).toEqual(['remote-email', 'remote-groups', 'remote-name', 'remote-user']);
});

test('over HTTP/2, headers and trailers of the client reach an application only as they were checked', async ({ page, portal, proxyName, wiki }) => {
  const user = await newUser(portal);
  await open(page, wiki.url, user);
  const cookie = await sessionOf(page, wiki.url);
  const { received } = wiki.application;
  received.length = 0;
  const forged = { 'remote-user': 'forged', 'x-forwarded-host': 'forged', 'x-original-url': 'forged' };
  const request = { ':method': 'POST', ...forged, te: 'trailers' };
  // The example for nginx does not offer HTTP/2.
  if (proxyName === 'nginx') {
    await expect(sendHttp2(wiki.proxy.port, APP, request)).rejects.toThrow();
    return;
  }
  await sendHttp2(wiki.proxy.port, APP, request, { ...forged, trailer: 'forged' });
  expect(received).toEqual([]);
  const reply = await sendHttp2(wiki.proxy.port, APP, { ...request, cookie: `__Host-postern-app=${cookie}` }, { 'remote-user': 'forged' });
  expect(reply.status).toBe(200);
  expect(received.flatMap((request) => faults(request, user.email))).toEqual([]);
});

function outcomeOf(reply: Reply, received: Received[]): Expected {
  return received.length > 0 ? 'reached' : reply.status;
}

function expectedOf({ expected }: Hostile, proxy: ProxyName): Expected {
  return Array.isArray(expected) ? expected[PROXIES.indexOf(proxy)]! : expected;
}
