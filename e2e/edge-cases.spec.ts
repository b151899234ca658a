// What browsers, password managers and networks do to a log-in.

import type { Page } from '@playwright/test';
import { Authenticator, expect, expectAccessible, saveRecoveryCodes, test, type User } from './fixtures.js';

async function toSetUp(page: Page, user: User): Promise<string> {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  return (await page.getByRole('group', { name: 'Security key' }).innerText()).replaceAll(/\s/g, '');
}

async function isSetUp(page: Page): Promise<void> {
  await saveRecoveryCodes(page);
  await expect(page.getByRole('heading', { name: 'You are logged in' })).toBeVisible();
}

test.describe('forced colours', () => {
  test.use({ contextOptions: { forcedColors: 'active' }, colorScheme: 'dark' });

  test('the QR code is read from the screen in forced colours', async ({ page, user }) => {
    const key = await toSetUp(page, user);
    const { app } = await Authenticator.scan(await page.screenshot({ fullPage: true }));
    expect(app.key).toBe(key);
  });
});

test('events that a password manager fires twice send one request', async ({ page, user }) => {
  const code = await new Authenticator(await toSetUp(page, user)).freshCode();
  let sent = 0;
  await page.route('**/api/set-up/confirm', async (route) => {
    sent += 1;
    await route.continue();
  });
  await page.locator('#code').evaluate((field: HTMLInputElement, value) => {
    field.value = value;
    for (let n = 0; n < 2; n += 1) {
      field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertReplacementText', data: value }));
      field.dispatchEvent(new Event('change', { bubbles: true }));
    }
    field.form?.requestSubmit();
    field.form?.requestSubmit();
  }, code);
  await isSetUp(page);
  expect(sent).toBe(1);
});

test('values that were filled without any event are sent', async ({ page, user }) => {
  await page.goto('/');
  await expect(page.locator('html')).toHaveAttribute('data-session', 'none');
  await page.evaluate(({ email, password }) => {
    document.querySelector<HTMLInputElement>('#email')!.value = email;
    document.querySelector<HTMLInputElement>('#password')!.value = password;
  }, user);
  await page.getByLabel('Password', { exact: true }).press('Enter');
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeVisible();
});

test('a pasted sentence is kept whole and refused in words', async ({ page, user }) => {
  await toSetUp(page, user);
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await field.fill('the code is: 12');
  await field.press('Enter');
  await expect(page.locator('#code-problem')).toContainText('Enter the digits that the app shows.');
});

test('the reason why a pasted code was refused stays until another code is entered', async ({ page, user, context }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await toSetUp(page, user);
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await page.evaluate(() => navigator.clipboard.writeText('000000'));
  await field.focus();
  await page.keyboard.press('ControlOrMeta+V');
  const problem = page.locator('#code-problem');
  await expect(problem).toContainText('That code was not accepted.');
  await page.getByRole('button', { name: 'Confirm code' }).click();
  await expect(problem).toContainText('That code was not accepted.');
  await expect(field).toBeFocused();
  await field.pressSequentially('12');
  await page.keyboard.press('Enter');
  await expect(problem).toContainText('Enter the digits that the app shows.');
});

test('the seconds to the next code count down', async ({ page, user }) => {
  await page.clock.install();
  await toSetUp(page, user);
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await field.pressSequentially('000000');
  await field.press('Enter');
  const shown = page.locator('#code-problem [aria-hidden=true]');
  await expect(shown).toContainText('second');
  await page.clock.pauseAt(await page.evaluate(() => Date.now() + 1000));
  const seconds = Number(/(\d+) second/.exec((await shown.textContent())!)![1]);
  await page.clock.runFor(seconds * 1000 - 500);
  await expect(shown).toHaveText('The app shows a new code in 1 second.');
  await page.clock.runFor(1000);
  await expect(shown).toHaveText('The app shows a new code now.');
});

test('a log-in that was sent twice ends quietly where it leads', async ({ page, user }) => {
  const app = new Authenticator(await toSetUp(page, user));
  await page.goto('/set-up#return=/console/security');
  await expect(page.getByRole('heading', { name: 'Configure your two-factor authentication' })).toBeFocused();
  let sent = 0;
  page.on('request', (request) => (sent += Number(request.url().endsWith('/api/set-up/confirm'))));
  const said: string[] = [];
  await page.exposeFunction('said', (text: string) => said.push(text));
  await page.evaluate(() => {
    const problem = document.querySelector('#code-problem')!;
    new MutationObserver(() => (window as unknown as { said: (text: string) => void }).said(problem.textContent)).observe(problem, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  });
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
  await page.evaluate(() => {
    const form = document.querySelector<HTMLFormElement>('.code-form')!;
    const again = (): void => {
      form.requestSubmit();
      setTimeout(again, 1);
    };
    again();
  });
  await saveRecoveryCodes(page);
  await expect(page.getByRole('heading', { name: 'My security' })).toBeVisible();
  expect([sent, said.filter((text) => text !== '')]).toEqual([1, []]);
});

test('only a log-in that has expired is said to have taken too long', async ({ page, user, context }) => {
  await page.clock.install();
  await toSetUp(page, user);
  await context.clearCookies();
  await page.clock.fastForward('10:05');
  await expect(page.getByRole('alert').filter({ hasText: 'took too long' })).toBeVisible();
});

test('whoever opens an unknown address gets a page, a program gets JSON', async ({ page, picture }) => {
  const answer = await page.goto('/nothing/here');
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible();
  await expectAccessible(page);
  await picture('not-found');
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  const program = await page.request.get('/nothing/here', { headers: { accept: '*/*' } });
  expect([program.status(), program.headers()['content-type']]).toEqual([404, 'application/json']);
  const api = await page.request.get('/api/nothing', { headers: { accept: 'text/html' } });
  expect([api.status(), await api.json()]).toEqual([404, { error: 'not_found' }]);
});

test('the sixth digit that is typed does not send, so that it can be corrected', async ({ page, user }) => {
  const code = await new Authenticator(await toSetUp(page, user)).freshCode();
  let sent = 0;
  await page.route('**/api/set-up/confirm', async (route) => {
    sent += 1;
    await route.continue();
  });
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await field.pressSequentially(`${code.slice(0, 5)}${(Number(code[5]) + 1) % 10}`);
  await field.press('Backspace');
  await field.pressSequentially(code[5]!);
  expect(sent).toBe(0);
  await field.press('Enter');
  await isSetUp(page);
});

test('a clock that is off is named with both times', async ({ page, user }) => {
  await page.clock.install({ time: Date.now() - 90_000 });
  await toSetUp(page, user);
  const field = page.getByLabel('Enter the new 6-digit code from the app');
  await field.pressSequentially('000000');
  await field.press('Enter');
  await expect(page.locator('#code-problem')).toContainText('The clock of this device shows');
});

test('where the clipboard is refused the key is selected and the page says what to do', async ({ page, user }) => {
  await page.addInitScript(() => {
    navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused', 'NotAllowedError'));
  });
  const key = await toSetUp(page, user);
  await page.getByRole('button', { name: 'Copy' }).click();
  await expect(page.getByText('The key is selected')).toBeVisible();
  expect(await page.evaluate(() => getSelection()?.toString().replaceAll(/\s/g, ''))).toBe(key);
});

test('on a phone the key opens in an app on the same device', async ({ page, user }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const key = await toSetUp(page, user);
  const link = page.getByRole('link', { name: 'Open in an app on this device' });
  await expect(link).toHaveAttribute('href', new RegExp(`^otpauth://totp/Postern:.*secret=${key}&`));
});

test('waits after wrong passwords count down on the screen', async ({ page, user }) => {
  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  for (let n = 0; n < 5; n += 1) {
    await page.getByLabel('Password', { exact: true }).fill(`wrong password ${n}`);
    const answered = page.waitForResponse('**/api/sign-in');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await answered;
  }
  await expect(page.getByRole('alert').filter({ hasText: /Too many attempts|You can try again now/ })).toBeVisible();
});

test('a fault of the server names its id and lets one try again', async ({ page, user }) => {
  await page.route('**/api/sign-in', (route) =>
    route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"internal","request_id":"abc123"}' }),
  );
  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  await expect(page.getByText('abc123')).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(user.email);
});

test('a session that an administrator ended leads back to the log-in form', async ({ page, context, user, portal }) => {
  const app = new Authenticator(await toSetUp(page, user));
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
  await isSetUp(page);
  await portal.cli('user', 'lock', user.email);
  // The server learns within two seconds of what was changed beside it.
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  expect((await context.cookies()).filter(({ name }) => name === '__Host-postern')).toEqual([]);
});

test('a restart of the server in the middle of set-up is not noticed', async ({ page, user, portal }) => {
  const app = new Authenticator(await toSetUp(page, user));
  await portal.halt('SIGKILL');
  await portal.resume();
  await page.getByLabel('Enter the new 6-digit code from the app').pressSequentially(await app.freshCode());
  await page.keyboard.press('Enter');
  await isSetUp(page);
});
