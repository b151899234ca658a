// What the tests of the console start from: a portal that sends mail, and people who log in.

import { expect, type Page } from '@playwright/test';
import { Authenticator } from './authenticator.js';
import { saveRecoveryCodes, test as base } from './fixtures.js';
import { MailServer } from './mail-server.js';
import { Portal, type User } from './portal.js';

export { linkIn } from './mail-server.js';

/** A customer account of a test's own. */
export interface Office {
  portal: Portal;
  mail: MailServer;
  /** The account's name. */
  account: string;
  /** Adds an active user of the account. */
  add: (name: string, options?: { admin?: boolean }) => Promise<User>;
}

interface Workers {
  mailServer: MailServer;
}

/** Tests with an office. Its account does not require 2FA unless the test says so. */
export const test = base.extend<{ office: Office }, Workers>({
  mailServer: [
    // eslint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const server = await MailServer.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],

  portal: [
    async ({ database, mailServer }, use) => {
      const portal = await Portal.start(database, {
        env: { POSTERN_SMTP_URL: `smtp://localhost:${mailServer.port}`, POSTERN_MAIL_FROM: 'Postern <login@example.com>' },
      });
      await use(portal);
      await portal.stop();
    },
    { scope: 'worker' },
  ],

  office: async ({ portal, mailServer }, use, { testId, repeatEachIndex }) => {
    const account = `Acme ${testId}-${repeatEachIndex}`;
    await portal.addAccount(account, { require2fa: false });
    const add = (name: string, { admin = false } = {}): Promise<User> => {
      const email = `${name.toLowerCase().replaceAll(/\W/g, '.')}-${testId}-${repeatEachIndex}@example.com`;
      return portal.addUser({ email, account, name, admin });
    };
    await use({ portal, mail: mailServer, account, add });
  },
});

/** Sends e-mail and password. */
export async function logIn(page: Page, { email, password }: User): Promise<void> {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
}

/** Enters the code of a later log-in. */
export async function enterCode(page: Page, app: Authenticator): Promise<void> {
  await page.getByLabel('One-time code').pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
}

/** Sets up an app with the security key on the screen, as far as the recovery codes. */
export async function confirmApp(page: Page): Promise<Authenticator> {
  const key = await page.getByRole('group', { name: 'Security key' }).innerText();
  const app = new Authenticator(key.replaceAll(/\s/g, ''));
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
  await page.getByRole('button', { name: 'Confirm code' }).click();
  return app;
}

/** The same, and saves the recovery codes. */
export async function setUp(page: Page): Promise<Authenticator> {
  const app = await confirmApp(page);
  await saveRecoveryCodes(page);
  return app;
}

/** Logs an administrator in, sets an app up under *My security*, and goes to the users. */
export async function administrator(page: Page, user: User): Promise<Authenticator> {
  await logIn(page, user);
  await page.getByRole('link', { name: 'My security' }).click();
  await page.getByRole('button', { name: 'Set up an app' }).click();
  await page.getByLabel('Your password').fill(user.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  const app = await setUp(page);
  await expect(page.getByText('Set up on')).toBeVisible();
  await page.getByRole('link', { name: 'Users' }).click();
  await expect(page.getByRole('row', { name: user.email })).toBeVisible();
  return app;
}

/** Adds users who never logged in to the account of the page: User 1, User 2 … */
export async function addMany(page: Page, office: Office, number: number): Promise<void> {
  const account = /console\/(\w+)\/users/.exec(page.url())![1];
  const numbers = `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${number})`;
  await office.portal.sql(`insert into users (id, email, name, password_hash, created_at) ${numbers}
    select '${account}-' || n, 'user' || n || '-${account}@example.com', 'User ' || n, '', 0 from numbers;
    insert into memberships (account_id, user_id, created_at)
    select '${account}', id, 0 from users where id like '${account}-%';
    insert into roster (account_id, email, member_id, name_folded, locked, two_factor, last_sign_in_at)
    select '${account}', email, id, lower(name), 0, 0, 0 from users where id like '${account}-%'`);
  await page.reload();
  await expect(page.getByText(`of ${number + 1}`)).toBeVisible();
}
