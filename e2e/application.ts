// A small application behind a proxy. It shows what it receives, trusts all of it, and accepts every upgrade: it is as careless as an
// application that leaves the log-in to its proxy can be.

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** A request as the proxy forwarded it. */
export interface Received {
  method: string;
  target: string;
  /** Names as they were sent, in order. */
  headers: [name: string, value: string][];
  body: string;
}

/** A running application. */
export class Application {
  /** Everything that came through the proxy. */
  readonly received: Received[] = [];

  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => this.sockets.add(socket));
  }

  static async start(): Promise<Application> {
    const server = createServer();
    const application = new Application(server);
    server.on('request', async (request, response) => {
      const received = await application.receive(request);
      const isPage = request.headers.accept?.includes('text/html');
      response.setHeader('Content-Type', isPage ? 'text/html; charset=utf-8' : 'application/json');
      response.end(isPage ? page(received) : JSON.stringify(received));
    });
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      void application.receive(request);
      accept(request, socket, head);
    });
    server.on('connect', (request: IncomingMessage, socket: Duplex) => {
      void application.receive(request);
      socket.end('HTTP/1.1 200 OK\r\n\r\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return application;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    // The server no longer tracks connections that were upgraded.
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async receive(request: IncomingMessage): Promise<Received> {
    const received: Received = { method: request.method!, target: request.url!, headers: pairs(request.rawHeaders), body: '' };
    this.received.push(received);
    if (request.headers.upgrade === undefined) for await (const part of request) received.body += part;
    received.headers.push(...pairs(request.rawTrailers));
    return received;
  }
}

function pairs(raw: string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1]!]] : []));
}

function page(received: Received): string {
  const shown = JSON.stringify(received, null, 1).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html><html lang="en"><title>Wiki</title><link rel="icon" href="data:,"><h1>Wiki</h1><pre>${shown}</pre>
    <form method="post" action="/notes"><input name="note" aria-label="Note"><button>Save</button></form>
    <form method="post" action="/.postern/sign-out"><button>Log out</button></form>`;
}

/** Switches to the protocol that the client asks for, and echoes what it receives (RFC 6455, short masked frames). */
function accept({ headers }: IncomingMessage, socket: Duplex, head: Buffer): void {
  const proof = createHash('sha1').update(`${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const answer = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${headers.upgrade}`, `Sec-WebSocket-Accept: ${proof}`];
  socket.on('error', () => socket.destroy());
  socket.write(`${answer.join('\r\n')}\r\n\r\n`);
  // A proxy may cut a frame anywhere, and send its start together with the request.
  let arrived = Buffer.alloc(0);
  const echo = (bytes: Buffer) => {
    arrived = Buffer.concat([arrived, bytes]);
    for (let end; arrived.length >= 2 && arrived.length >= (end = 6 + (arrived[1]! & 0x7f)); arrived = arrived.subarray(end)) {
      const mask = arrived.subarray(2, 6);
      const text = arrived.subarray(6, end).map((byte, index) => byte ^ mask[index % 4]!);
      socket.write(Buffer.concat([Buffer.from([arrived[0]!, text.length]), text]));
    }
  };
  echo(head);
  socket.on('data', echo);
}
