// Requests written byte by byte, which no browser or library would send.

import { connect as connectHttp2, constants } from 'node:http2';
import { connect, type TLSSocket } from 'node:tls';

/** The address that raw requests come from. It differs from the proxy's own. */
export const CLIENT = '127.0.0.7';

const ANSWER_LIMIT_MS = 5_000;

/** The response. The status is 0 if the connection ended without one. */
export interface Reply {
  status: number;
  head: string;
  body: string;
}

/** Sends these bytes over TLS. Returns the first response, without waiting for the end of the connection. */
export async function send(port: number, servername: string, bytes: string): Promise<Reply> {
  const socket = await open(port, servername, ['http/1.1']);
  try {
    return await new Promise<Reply>((resolve, reject) => {
      let text = '';
      socket.on('data', (data: Buffer) => {
        text += data.toString('latin1');
        const reply = complete(text);
        if (reply !== undefined) resolve(reply);
      });
      socket.on('close', () => resolve(parse(text)));
      socket.on('error', () => resolve(parse(text)));
      socket.setTimeout(ANSWER_LIMIT_MS, () => reject(new Error(`no answer to ${JSON.stringify(bytes)}, only ${JSON.stringify(text)}`)));
      socket.write(Buffer.from(bytes, 'latin1'));
    });
  } finally {
    socket.destroy();
  }
}

/** Sends a request over HTTP/2, with trailers after its body. */
export async function sendHttp2(
  port: number,
  host: string,
  headers: Record<string, string>,
  trailers: Record<string, string> = {},
): Promise<Reply> {
  const socket = await open(port, host, ['h2']);
  const session = connectHttp2(`https://${host}`, { createConnection: () => socket });
  try {
    return await new Promise<Reply>((resolve, reject) => {
      session.on('error', reject);
      const stream = session.request({ ':authority': host, ':path': '/', ...headers }, { waitForTrailers: true, endStream: false });
      const reply: Reply = { status: 0, head: '', body: '' };
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.on('response', (answer) => (reply.status = Number(answer[':status'])));
      stream.on('data', (data: Buffer) => (reply.body += data.toString()));
      stream.on('close', () => resolve(reply));
      // A stream that the proxy resets is a refusal.
      stream.on('error', () => resolve(reply));
      stream.setTimeout(ANSWER_LIMIT_MS, () => stream.close(constants.NGHTTP2_CANCEL));
      stream.end('text');
    });
  } finally {
    session.destroy();
  }
}

function open(port: number, servername: string, protocols: string[]): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    // The proxy's certificate is self-signed.
    const options = { host: '127.0.0.1', port, localAddress: CLIENT, servername, ALPNProtocols: protocols, rejectUnauthorized: false };
    const socket = connect(options, () => resolve(socket));
    socket.once('error', reject);
  });
}

/** The first response in the text, if it is complete. */
function complete(text: string): Reply | undefined {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const reply = parse(text);
  if (reply.status === 100) return complete(text.slice(end + 4));
  const length = /^content-length: *(\d+)/im.exec(reply.head)?.[1];
  if (length !== undefined) return reply.body.length >= Number(length) ? reply : undefined;
  if (/^transfer-encoding: *chunked/im.test(reply.head)) return reply.body.endsWith('0\r\n\r\n') ? reply : undefined;
  return reply.status < 200 || reply.status === 204 ? reply : undefined;
}

function parse(text: string): Reply {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  return { status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0), head, body: rest.join('\r\n\r\n') };
}
