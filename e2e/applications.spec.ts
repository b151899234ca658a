// Administrators choose who may use the applications of their account, and test access to them.

import type { Page } from '@playwright/test';
import { expect, expectAccessible } from './fixtures.js';
import { addMany, administrator, logIn, test, type Office } from './office.js';

const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 800 } };

/** Gives the account an application, as the operator. Returns its host. */
async function addApplication(office: Office, name: string, ...options: string[]): Promise<string> {
  const host = `${name.toLowerCase().replaceAll(/\W/g, '-')}-${office.account.toLowerCase().replaceAll(/\W/g, '-')}.localhost`;
  await office.portal.cli('app', 'add', `${name} ${office.account}`, '--url', `http://${host}/`, '--account', office.account, ...options);
  return host;
}

/** Opens the dialog of an application. */
async function change(page: Page, name: string) {
  await page.getByRole('button', { name: new RegExp(`^Choose users: ${name}`) }).click();
  return page.getByRole('dialog', { name: 'Who may use it?' });
}

for (const [size, viewport] of Object.entries(sizes)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      test.use({ viewport, colorScheme });

      test('every state of the applications is accessible and fits', async ({ page, office, picture }) => {
        test.setTimeout(180_000);
        const look = async (name: string): Promise<void> => {
          await expectAccessible(page);
          expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), name).toBe(true);
          await picture(`console-applications-${name}-${size}-${colorScheme}`);
        };
        await administrator(page, await office.add('Ada L.', { admin: true }));
        await page.getByRole('link', { name: 'Applications' }).click();
        await expect(page.getByText('This account has no applications yet.')).toBeVisible();
        await look('empty');
        await office.add('Bo');
        const host = await addApplication(office, 'Wiki', '--rule', 'health: open GET,HEAD /healthz', '--rule', 'admin: fresh /admin/*', '--rule', 'rest: members /*');
        await addApplication(office, 'Files');
        await page.reload();
        await expect(page.getByRole('heading', { name: /^Wiki/ })).toBeVisible();
        await look('some');
        const dialog = await change(page, 'Wiki');
        await dialog.getByLabel('Only chosen users').check();
        await expect(dialog.getByLabel(/^Bo /)).toBeVisible();
        await look('members');
        await page.keyboard.press('Escape');
        await page.getByLabel('Address to open').fill(`http://${host}/admin/users`);
        await page.getByLabel('User’s e-mail address').fill((await office.add('Cy')).email);
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        await expect(page.getByText('Decides', { exact: true })).toBeVisible();
        await look('tested');
        await page.getByLabel('Address to open').fill('http://elsewhere.localhost/');
        await page.getByRole('button', { name: 'Test', exact: true }).click();
        await expect(page.getByText('This is not an address of an application of this account')).toBeVisible();
        await look('test-refused');
        await page.route('**/applications', (route) => (route.request().resourceType() === 'fetch' ? route.abort() : route.continue()));
        await page.reload();
        await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();
        await look('failing');
      });
    });
  }
}

test('an administrator chooses who may use an application, which then appears for them', async ({ page, browser, office }) => {
  test.slow();
  await administrator(page, await office.add('Ada', { admin: true }));
  const bo = await office.add('Bo');
  const cy = await office.add('Cy');
  await addApplication(office, 'Wiki');
  await page.getByRole('link', { name: 'Applications' }).click();
  const dialog = await change(page, 'Wiki');
  await dialog.getByLabel('Only chosen users').check();
  await dialog.getByLabel(/^Bo /).check();
  await expect(dialog.getByText('1 user chosen.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.locator('.said')).toContainText('1 user may use it.');
  await expect(page.getByRole('listitem').filter({ hasText: 'Wiki' })).toContainText('1 user may use it.');
  const applications = async (user: typeof bo) => {
    const context = await browser.newContext({ baseURL: office.portal.url });
    const tab = await context.newPage();
    await logIn(tab, user);
    await expect(tab.getByText(user.email)).toBeVisible();
    await expect(tab.getByText('Loading your applications')).toHaveCount(0);
    const links = await tab.getByRole('listitem').allInnerTexts();
    await context.close();
    return links.length;
  };
  expect(await applications(bo)).toBe(1);
  expect(await applications(cy)).toBe(0);
  const again = await change(page, 'Wiki');
  await expect(again.getByLabel(/^Bo /), 'whoever is chosen comes first').toBeChecked();
  await again.getByLabel('Everyone in the account').check();
  await again.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Wiki' })).toContainText('Everyone in the account may use it.');
  expect(await applications(cy)).toBe(1);
});

test('what another administrator has changed in the meantime is not overwritten', async ({ page, context, office }) => {
  test.slow();
  await administrator(page, await office.add('Ada', { admin: true }));
  await addApplication(office, 'Wiki');
  await page.getByRole('link', { name: 'Applications' }).click();
  const mine = await change(page, 'Wiki');
  const other = await context.newPage();
  await other.goto(page.url());
  const theirs = await change(other, 'Wiki');
  await theirs.getByLabel('Only chosen users').check();
  await theirs.getByLabel(/^Ada /).check();
  await theirs.getByRole('button', { name: 'Save' }).click();
  await expect(theirs).toHaveCount(0);
  await mine.getByLabel('Only chosen users').check();
  await mine.getByLabel(/^Ada /).check();
  await mine.getByRole('button', { name: 'Save' }).click();
  await expect(mine.getByText('Another administrator has changed this in the meantime.')).toBeVisible();
  await mine.getByRole('button', { name: 'Show the current choice' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Wiki' })).toContainText('1 user may use it.');
});

test('everyone’s access to an application is removed only after a confirmation', async ({ page, office, picture }) => {
  test.slow();
  await administrator(page, await office.add('Ada', { admin: true }));
  await addApplication(office, 'Wiki');
  await page.getByRole('link', { name: 'Applications' }).click();
  const dialog = await change(page, 'Wiki');
  await dialog.getByLabel('Only chosen users').check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const confirm = page.getByRole('dialog', { name: 'Confirm' });
  await expect(confirm.getByText(/Remove everyone’s access to Wiki/)).toBeVisible();
  await expectAccessible(page);
  await picture('console-applications-nobody');
  await confirm.getByRole('button', { name: 'No' }).click();
  await expect(dialog.getByLabel('Only chosen users')).toBeChecked();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await confirm.getByRole('button', { name: 'Yes' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Wiki' })).toContainText('Nobody may use it yet.');
});

test('a thousand users are searched and chosen with the keyboard', async ({ page, office, picture }) => {
  test.setTimeout(120_000);
  await administrator(page, await office.add('Ada', { admin: true }));
  await addMany(page, office, 1_100);
  await addApplication(office, 'Wiki');
  await page.getByRole('link', { name: 'Applications' }).click();
  const dialog = await change(page, 'Wiki');
  await dialog.getByLabel('Only chosen users').check();
  await expect(dialog.getByText('The first 1000 of 1101 users are shown.')).toBeVisible();
  await picture('console-applications-many-users');
  await dialog.getByLabel('Search name or e-mail').pressSequentially('User 1099');
  await expect(dialog.getByRole('checkbox')).toHaveCount(1);
  await page.keyboard.press('Enter');
  await expect(dialog, 'Enter in the search field saves nothing').toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await expect(dialog.getByText('1 user chosen.')).toBeVisible();
  await dialog.getByLabel('Search name or e-mail').fill('nobody at all');
  await expect(dialog.getByText('No user matches your search.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('listitem').filter({ hasText: 'Wiki' })).toContainText('1 user may use it.');
});

test('a choice without a fresh code asks for one and then goes on by itself', async ({ page, office }) => {
  test.slow();
  const app = await administrator(page, await office.add('Ada', { admin: true }));
  await addApplication(office, 'Wiki');
  await page.getByRole('link', { name: 'Applications' }).click();
  // This is the server's answer after ten minutes. Everything else is real.
  let asked = false;
  await page.route('**/members', async (route) => {
    if (asked) return route.continue();
    asked = true;
    return route.fulfill({ status: 403, json: { error: 'step_up_required' } });
  });
  const dialog = await change(page, 'Wiki');
  await dialog.getByLabel('Only chosen users').check();
  await dialog.getByLabel(/^Ada /).check();
  await dialog.getByRole('button', { name: 'Save' }).click();
  const gate = page.getByRole('dialog', { name: 'Verify your identity' });
  await gate.getByLabel('One-time code').pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('listitem').filter({ hasText: 'Wiki' })).toContainText('1 user may use it.');
});
