// A virtual authenticator of Chromium: a device with passkeys, such as a phone, a computer or a security key. It belongs to one page.

import type { CDPSession, Page } from '@playwright/test';

type Credential = Awaited<ReturnType<PasskeyDevice['credentials']>>[number];

/** What a device can do. */
export interface Abilities {
  /** `internal` is the device of the browser itself; `usb` is a security key. */
  transport?: 'internal' | 'usb';
  /** Whether it checks by PIN, fingerprint or face who uses it. */
  verifies?: boolean;
  /** Whether its passkeys can be found without their ids. */
  discoverable?: boolean;
  /** Whether its passkeys are synced to other devices. */
  synced?: boolean;
  /** Whether its user agrees to everything at once, even to a suggestion in a field. Otherwise nothing happens. */
  agrees?: boolean;
}

export class PasskeyDevice {
  private constructor(
    private readonly session: CDPSession,
    private readonly authenticatorId: string,
  ) {}

  /** Gives the page a device. */
  static async attach(page: Page, abilities: Abilities = {}): Promise<PasskeyDevice> {
    const { transport = 'internal', verifies = true, discoverable = true, synced = false, agrees = true } = abilities;
    const session = await page.context().newCDPSession(page);
    await session.send('WebAuthn.enable', { enableUI: false });
    const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        ctap2Version: 'ctap2_1',
        transport,
        hasResidentKey: discoverable,
        hasUserVerification: true,
        isUserVerified: verifies,
        automaticPresenceSimulation: agrees,
        defaultBackupEligibility: synced,
        defaultBackupState: synced,
      },
    });
    return new PasskeyDevice(session, authenticatorId);
  }

  /** Takes the device away. */
  async detach(): Promise<void> {
    await this.session.send('WebAuthn.removeVirtualAuthenticator', { authenticatorId: this.authenticatorId });
  }

  /** The passkeys that it holds. */
  async credentials() {
    return (await this.session.send('WebAuthn.getCredentials', { authenticatorId: this.authenticatorId })).credentials;
  }

  /** The only passkey that it holds. */
  async passkey(): Promise<Credential> {
    const [only, ...others] = await this.credentials();
    if (only === undefined || others.length > 0) throw new Error(`${others.length + (only ? 1 : 0)} passkeys`);
    return only;
  }

  /** Puts a passkey on it, such as a copy of another device's. */
  async put(credential: Credential): Promise<void> {
    await this.session.send('WebAuthn.addCredential', { authenticatorId: this.authenticatorId, credential });
  }

  /** Deletes its passkeys. */
  async clear(): Promise<void> {
    await this.session.send('WebAuthn.clearCredentials', { authenticatorId: this.authenticatorId });
  }

  /** Whether it checks from now on who uses it. */
  async verify(isUserVerified: boolean): Promise<void> {
    await this.session.send('WebAuthn.setUserVerified', { authenticatorId: this.authenticatorId, isUserVerified });
  }

  /** Whether its user agrees to everything from now on. */
  async agree(enabled: boolean): Promise<void> {
    await this.session.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.authenticatorId, enabled });
  }

  /** What its passkey says from now on about synchronisation. */
  async sync(backupEligibility: boolean, backupState: boolean): Promise<void> {
    const { credentialId } = await this.passkey();
    const flags = { backupEligibility, backupState };
    await this.session.send('WebAuthn.setCredentialProperties', { authenticatorId: this.authenticatorId, credentialId, ...flags });
  }
}

/** The browser shows no passkeys among the suggestions of a field: a virtual device would agree before anybody clicks. */
export async function withoutSuggestions(page: Page): Promise<void> {
  await page.addInitScript(() => {
    PublicKeyCredential.isConditionalMediationAvailable = () => Promise.resolve(false);
  });
}

/** Notes each request for a passkey on the pages that are opened from now on: how it was asked for, and how it failed. */
export async function noteRequests(page: Page): Promise<string[]> {
  const noted: string[] = [];
  await page.exposeFunction('noteRequest', (what: string) => noted.push(what));
  await page.addInitScript(() => {
    const note = (window as unknown as { noteRequest: (what: string) => void }).noteRequest;
    const get = navigator.credentials.get.bind(navigator.credentials);
    navigator.credentials.get = async (options) => {
      const how = options?.mediation ?? 'click';
      note(`${how}: asked`);
      try {
        return await get(options);
      } catch (error) {
        note(`${how}: ${(error as Error).name}`);
        throw error;
      }
    };
  });
  return noted;
}
