// A mail server that keeps what it receives, by programs that we did not write: `smtp-server` and `mailparser`.

import { simpleParser, type ParsedMail } from 'mailparser';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** How long a mail may take. */
const PATIENCE_MS = 15_000;

/** A running mail server. */
export class MailServer {
  private readonly mails: ParsedMail[] = [];

  private constructor(
    private readonly server: SMTPServer,
    /** Where it listens. */
    readonly port: number,
  ) {}

  /** Starts on a free port. */
  static async start(): Promise<MailServer> {
    let keep: (mail: ParsedMail) => void = () => undefined;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onData: (stream, _session, done) => {
        simpleParser(stream).then((mail) => {
          keep(mail);
          done();
        }, done);
      },
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const mailServer = new MailServer(server, (server.server.address() as AddressInfo).port);
    keep = (mail) => mailServer.mails.push(mail);
    return mailServer;
  }

  /** The mails to an address. */
  to(address: string): ParsedMail[] {
    return this.mails.filter(({ to }) => [to].flat().some((it) => it?.text === address));
  }

  /** The mail to an address with this subject, as soon as it is there. */
  async mail(address: string, subject: RegExp): Promise<ParsedMail> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const mail = this.to(address).find((it) => subject.test(it.subject ?? ''));
      if (mail !== undefined) return mail;
      if (Date.now() > deadline) throw new Error(`no mail to ${address} with ${subject}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the server. */
  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** The one-time link in a mail. */
export function linkIn(mail: ParsedMail): string {
  const link = /https?:\/\/\S+\/console\/link#\S+/.exec(mail.text ?? '');
  if (link === null) throw new Error(`no link in: ${mail.text}`);
  return link[0];
}
