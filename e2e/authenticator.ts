// The person's side of two-factor authentication, by programs that we did not write: `zbarimg` reads the QR code off the
// screen, `otpauth` its address, `oathtool` computes the codes.

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { TOTP, URI } from 'otpauth';

const execute = promisify(execFile);

/** Seconds for which one code is valid. */
const STEP_S = 30;

/** An authenticator app that holds one security key. */
export class Authenticator {
  private lastStep = 0;

  /** `key` is the security key in Base32, as the page shows it; spaces do not matter. */
  constructor(readonly key: string) {}

  /** Scans the QR code of a screenshot. */
  static async scan(screenshot: Buffer): Promise<{ app: Authenticator; totp: TOTP }> {
    const totp = URI.parse(await readQr(screenshot));
    if (!(totp instanceof TOTP)) throw new Error('the QR code is not for time-based codes');
    return { app: new Authenticator(totp.secret.base32), totp };
  }

  /**
   * A code that this app has not given before. After the code of this time step comes that of the next one, which the portal
   * accepts already because phones may be fast (R9); for more, it waits as a person would.
   */
  async freshCode(): Promise<string> {
    this.lastStep = Math.max(this.lastStep + 1, currentStep());
    // A timer may fire a moment too early.
    while (this.lastStep > currentStep() + 1) await sleep((this.lastStep - 1) * STEP_S * 1000 - Date.now() + 1);
    return this.latestCode();
  }

  /** The code that it gave last, once more. */
  async latestCode(): Promise<string> {
    return this.codeAt(this.lastStep * STEP_S);
  }

  /** The code that an app with this clock shows, in Unix seconds. `settings` are options of `oathtool`, for an app with unusual settings. */
  async codeAt(seconds: number, settings = ['--totp']): Promise<string> {
    // The key goes in by standard input: a command line can be read by every user of the machine.
    const running = execute('oathtool', [...settings, '--base32', `--now=@${seconds}`, '-']);
    running.child.stdin?.end(this.key.replaceAll(/\s/g, ''));
    return (await running).stdout.trim();
  }
}

/** The text of the QR code in a picture. */
export async function readQr(png: Buffer): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'postern-qr-'));
  try {
    const picture = join(dir, 'qr.png');
    await writeFile(picture, png);
    const { stdout } = await execute('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', picture]);
    return stdout.trim();
  } finally {
    await rm(dir, { recursive: true });
  }
}

function currentStep(): number {
  return Math.floor(Date.now() / 1000 / STEP_S);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
