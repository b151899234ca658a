// One's own passkeys under My security, and what administrators see and decide.

import type { Page } from '@playwright/test';
import { expect, expectAccessible, saveRecoveryCodes, type User } from './fixtures.js';
import { administrator, enterCode, logIn, test } from './office.js';
import { PasskeyDevice, withoutSuggestions } from './passkey-device.js';

test.beforeEach(({ page }) => withoutSuggestions(page));

const section = (page: Page) => page.locator('#passkeys');

/** Opens My security and adds a passkey; the first one needs the password. */
async function add(page: Page, name: string, password?: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a passkey' }).click();
  if (password !== undefined) await page.getByLabel('Your password').fill(password);
  await page.getByLabel('Name', { exact: true }).fill(name);
  await section(page).getByRole('button', { name: 'Continue' }).click();
}

async function isAdded(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('status').filter({ hasText: `The passkey “${name}” was added.` })).toBeVisible();
  await expect(section(page).getByRole('listitem').filter({ hasText: name })).toBeVisible();
}

/** Saves the recovery codes that come with the first passkey, and goes back to My security. */
async function saveCodes(page: Page): Promise<void> {
  await saveRecoveryCodes(page);
  await page.goto('/console/security');
}

/** Logs in, and adds the first passkey under My security. */
async function withPasskey(page: Page, user: User, name = 'My phone'): Promise<PasskeyDevice> {
  const device = await PasskeyDevice.attach(page, { synced: true });
  await logIn(page, user);
  await page.getByRole('link', { name: 'My security' }).click();
  await add(page, name, user.password);
  await saveCodes(page);
  await expect(section(page).getByRole('listitem').filter({ hasText: name })).toBeVisible();
  return device;
}

test('passkeys are added, renamed and removed', async ({ page, office, picture }) => {
  test.slow();
  const bo = await office.add('Bo');
  await logIn(page, bo);
  await page.getByRole('link', { name: 'My security' }).click();
  await expect(section(page)).toContainText('You have no passkeys.');
  const device = await PasskeyDevice.attach(page, { synced: true });
  await add(page, 'My phone', 'not the password');
  await expect(page.getByRole('alert').filter({ hasText: 'not your current password' })).toBeVisible();
  await page.getByLabel('Your password').fill(bo.password);
  await section(page).getByRole('button', { name: 'Continue' }).click();
  await saveCodes(page);
  await expect(section(page).getByRole('listitem').filter({ hasText: 'My phone' })).toContainText('Synced');
  await office.mail.mail(bo.email, /passkey/i);

  await add(page, 'Again');
  await expect(page.getByRole('alert').filter({ hasText: 'already has a passkey' })).toBeVisible();
  await section(page).getByRole('button', { name: 'Cancel' }).click();

  await device.detach();
  const key = await PasskeyDevice.attach(page, { transport: 'usb' });
  await add(page, '');
  await isAdded(page, 'Security key');
  await expect(section(page).getByRole('listitem').filter({ hasText: 'Security key' })).toContainText('This device only');
  await expectAccessible(page);
  await picture('passkeys');

  await page.getByRole('button', { name: 'Rename: Security key' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Key on my ring');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'Rename: Key on my ring' })).toBeVisible();

  await page.getByRole('button', { name: 'Remove: Key on my ring' }).click();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  await expect(question).toContainText('Remove the passkey “Key on my ring”?');
  await picture('passkey-remove');
  await question.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByText('The passkey “Key on my ring” was removed.')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Remove: Key on my ring' })).toHaveCount(0);
  await expect.poll(async () => (await key.credentials()).length, 'the device no longer offers it').toBe(0);
});

test('the last second factor of somebody who must have one stays', async ({ page, office }) => {
  const bo = await office.add('Bo');
  await withPasskey(page, bo);
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  await page.getByRole('button', { name: 'Remove: My phone' }).click();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  await expect(question).toContainText('It is your only second factor: after that, your password alone logs you in.');
  await question.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'This is your only second factor' })).toBeVisible();
});

test('a list that is full says so, and one that cannot be loaded is tried again', async ({ page, office, picture }) => {
  const bo = await office.add('Bo');
  await withPasskey(page, bo);
  const columns = 'credential, counter, backup_eligible_since, backed_up_since, transports, aaguid, discoverable_since, created_at, last_used_at';
  await office.portal.sql(`with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 19)
    insert into passkeys (id, user_id, credential_id, name, ${columns})
    select passkeys.id || '-' || n, user_id, credential_id || n, 'Copy ' || n, ${columns} from passkeys, numbers
    where user_id in (select id from users where email = '${bo.email}')`);
  await page.reload();
  await expect(section(page).getByRole('listitem')).toHaveCount(20);
  await expect(section(page)).toContainText('You have 20 passkeys, which is the maximum.');
  await expect(page.getByRole('button', { name: 'Add a passkey' })).toHaveCount(0);
  await page.route('**/api/me/passkeys', (route) => route.abort());
  await page.reload();
  await expect(section(page).getByRole('alert')).toContainText('The server cannot be reached.');
  await picture('passkeys-not-loaded');
  await page.unroute('**/api/me/passkeys');
  await section(page).getByRole('button', { name: 'Try again' }).click();
  await expect(section(page).getByRole('listitem')).toHaveCount(20);
});

test('a sensitive action asks for the passkey, and goes on by itself', async ({ page, office, picture }) => {
  await withPasskey(page, await office.add('Bo'));
  // The server says what it says after ten minutes; everything else is real.
  let asked = false;
  await page.route('**/api/me/passkeys/*', async (route) => {
    if (asked) return route.continue();
    asked = true;
    return route.fulfill({ status: 403, json: { error: 'step_up_required' } });
  });
  await page.getByRole('button', { name: 'Remove: My phone' }).click();
  await page.getByRole('button', { name: 'Yes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Verify your identity' });
  await expect(dialog.getByRole('button', { name: 'Use your passkey' })).toBeFocused();
  await expect(dialog.getByLabel('One-time code')).toHaveCount(0);
  await expectAccessible(page);
  await picture('step-up-passkey');
  await dialog.getByRole('button', { name: 'Use your passkey' }).click();
  await expect(page.getByText('The passkey “My phone” was removed.')).toBeVisible();
});

test('with an app and a passkey, either is enough for a sensitive action', async ({ page, office, picture }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  const app = await administrator(page, ada);
  await page.goto('/console/security');
  await PasskeyDevice.attach(page);
  await add(page, 'Laptop');
  await isAdded(page, 'Laptop');
  const dialog = page.getByRole('dialog', { name: 'Verify your identity' });
  for (const way of ['passkey', 'code'] as const) {
    let asked = false;
    await page.route('**/api/me/recovery-codes', async (route) => {
      if (asked || route.request().method() !== 'POST') return route.continue();
      asked = true;
      return route.fulfill({ status: 403, json: { error: 'step_up_required' } });
    });
    await page.getByRole('button', { name: 'Create new recovery codes' }).click();
    await page.getByRole('button', { name: 'Yes' }).click();
    await expect(dialog).toContainText('Use your passkey, or enter the code');
    if (way === 'passkey') {
      await picture('step-up-passkey-or-code');
      await dialog.getByRole('button', { name: 'Use your passkey' }).click();
    } else {
      await enterCode(page, app);
    }
    await page.getByRole('button', { name: 'I have saved them' }).click();
    await page.unroute('**/api/me/recovery-codes');
  }
});

test('an application that needs the second factor again gets a passkey', async ({ page, office }) => {
  const way = '/open?application=a1&begin=Zm9v&to=%2F';
  await page.route('**/open?*', (route) => route.fulfill({ contentType: 'text/html', body: '<h1>The application</h1>' }));
  await withPasskey(page, await office.add('Bo'));
  await page.goto(`/console/step-up#return=${way}`);
  await expect(page.getByText('needs your second factor again. Use your passkey.')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Use your passkey' }).click();
  await expect(page).toHaveURL(way);
});

test('where a set-up needs a code, a passkey needs it too', async ({ page, browser, office, picture }) => {
  test.slow();
  await administrator(page, await office.add('Ada', { admin: true }));
  const bo = await office.add('Bo');
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByText('Resets of two-factor authentication').click();
  await page.getByLabel('Require a set-up code').check();
  await page.locator('details', { hasText: 'Resets of two-factor authentication' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('The settings were saved.')).toBeVisible();
  await office.portal.cli('account', 'require-2fa', office.account, 'on');
  const answer = await office.portal.cli('user', 'set-up-code', bo.email);
  const code = (answer as { set_up_code: string }).set_up_code;
  const theirs = await browser.newPage();
  await withoutSuggestions(theirs);
  const device = await PasskeyDevice.attach(theirs);
  await logIn(theirs, bo);
  await theirs.getByRole('button', { name: 'Use a passkey instead' }).click();
  const missing = theirs.getByRole('alert').filter({ hasText: 'Enter the set-up code that your administrator gave you' });
  await expect(missing).toBeVisible();
  await expect(theirs.getByLabel('Set-up code')).toBeFocused();
  expect(await device.credentials(), 'nothing was made').toHaveLength(0);
  await picture('set-up-passkey-needs-code', theirs);
  await theirs.getByLabel('Set-up code').fill(code);
  await theirs.getByRole('button', { name: 'Use a passkey instead' }).click();
  await saveRecoveryCodes(theirs);
  await expect(theirs.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
});

test('an account decides how passkeys can be used', async ({ page, browser, office, picture }) => {
  test.slow();
  const ada = await office.add('Ada', { admin: true });
  await administrator(page, ada);
  const bo = await office.add('Bo');
  const theirs = await browser.newPage();
  await withoutSuggestions(theirs);
  await withPasskey(theirs, bo);
  const save = (): Promise<void> =>
    page.locator('details', { hasText: 'How users of this account can use passkeys' }).getByRole('button', { name: 'Save' }).click();
  const choose = async (name: string): Promise<void> => {
    await page.getByRole('radio', { name }).check();
    await save();
    await expect(page.locator('summary', { hasText: 'Passkeys' })).toContainText(name);
  };
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.locator('summary', { hasText: 'Passkeys' }).click();
  await expect(page.getByRole('radio', { name: 'Also without a password' })).toBeChecked();
  await expectAccessible(page);
  await picture('passkey-settings');

  await choose('As a second factor');
  await theirs.reload();
  await expect(section(theirs)).toContainText('allows passkeys only after the password');
  await theirs.context().clearCookies();
  await theirs.goto('/');
  await theirs.getByRole('button', { name: 'Log in with a passkey' }).click();
  await expect(theirs.getByRole('alert').filter({ hasText: 'This passkey is not allowed here' })).toBeVisible();
  await logIn(theirs, bo);
  await theirs.getByRole('button', { name: 'Use your passkey' }).click();
  await expect(theirs.getByRole('heading', { name: 'You are logged in' })).toBeVisible();

  await page.getByRole('radio', { name: 'Not allowed' }).check();
  await save();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  await expect(question).toContainText('1 user has no other second factor. They will need a recovery code or a reset to log in.');
  await picture('passkeys-forbid');
  await question.getByRole('button', { name: 'Yes' }).click();
  await expect(page.locator('summary', { hasText: 'Passkeys' })).toContainText('Not allowed');
  await theirs.goto('/console/security');
  await expect(section(theirs)).toContainText('does not allow passkeys');
  await expect(theirs.getByRole('button', { name: 'Add a passkey' })).toHaveCount(0);

  await page.getByRole('link', { name: 'Reports' }).click();
  await page.getByRole('link', { name: 'Administration' }).click();
  await expect(page.getByRole('row', { name: /Use of passkeys changed/ }).first()).toContainText('not allowed');
});

test('a reset removes app and passkeys, and says so', async ({ page, browser, office, picture }) => {
  test.slow();
  await administrator(page, await office.add('Ada', { admin: true }));
  const bo = await office.add('Bo');
  const theirs = await browser.newPage();
  await withoutSuggestions(theirs);
  const device = await withPasskey(theirs, bo);
  await page.reload();
  await expect(page.getByRole('row', { name: bo.email })).toContainText('1 passkey');
  await picture('users-with-passkeys');
  await page.getByRole('button', { name: 'Edit: Bo' }).click();
  await expect(page.getByRole('dialog')).toContainText('Second factors: 1 passkey.');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Reset 2FA: Bo' }).click();
  const question = page.getByRole('dialog', { name: 'Confirm' });
  await expect(question).toContainText('Their authenticator app and all their passkeys are removed.');
  await question.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('row', { name: bo.email })).toContainText('Not set up');
  await office.mail.mail(bo.email, /reset/);
  await theirs.goto('/');
  await theirs.getByRole('button', { name: 'Log in with a passkey' }).click();
  await expect(theirs.getByRole('alert').filter({ hasText: 'does not know this passkey' })).toBeVisible();
  expect(await device.credentials()).toHaveLength(0);
});

for (const [size, viewport] of Object.entries({ phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } })) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      test('every state of the passkeys is accessible and fits', async ({ page, office, picture }) => {
        test.slow();
        const look = async (name: string): Promise<void> => {
          await expect(page.locator('.loading')).toHaveCount(0);
          await expectAccessible(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
          await picture(`passkeys-${name}-${size}-${colorScheme}`);
        };
        const ada = await office.add('Ada', { admin: true });
        await PasskeyDevice.attach(page, { synced: true });
        await logIn(page, ada);
        await page.getByRole('link', { name: 'My security' }).click();
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        await expect(page.getByLabel('Your password')).toBeVisible();
        await look('add');
        await section(page).getByRole('button', { name: 'Cancel' }).click();
        await add(page, 'A phone with a name that is rather long, as names of phones can be', ada.password);
        await saveCodes(page);
        await expect(page.getByRole('button', { name: /^Rename: A phone/ })).toBeVisible();
        await look('list');
        await page.getByRole('button', { name: /^Rename: A phone/ }).click();
        await look('rename');
        await page.keyboard.press('Escape');
        await page.getByRole('link', { name: 'Settings' }).click();
        await page.locator('summary', { hasText: 'Passkeys' }).click();
        await look('settings');
        await page.context().clearCookies();
        await logIn(page, ada);
        await expect(page.getByRole('button', { name: 'Use your passkey' })).toBeVisible();
        await look('second-factor');
        await page.getByRole('button', { name: 'Use your passkey' }).click();
        await expect(page.getByRole('button', { name: 'Use your passkey' })).toHaveCount(0);
      });
    });
  }
}

test('the log-in page in forced colours and at 200 %', async ({ page, office, picture }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.setViewportSize({ width: 640, height: 400 });
  await withPasskey(page, await office.add('Bo'));
  await page.context().clearCookies();
  await page.goto('/');
  await expect(page.getByRole('button', { name: 'Log in with a passkey' })).toBeVisible();
  await picture('log-in-forced-colours');
  await page.getByLabel('Password', { exact: true }).focus();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Log in with a passkey' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
});
