// Users who come from another system, with the password and the phone that they had there.

import { pbkdf2Sync, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from 'otpauth';
import { Authenticator, expect, saveRecoveryCodes, test, type User } from './fixtures.js';

/** An app with SHA-256 and 8 digits, in the words of `oathtool`. */
const APP = ['--totp=SHA256', '--digits=8'];
/** Seconds for which one code is valid. The other system may have accepted the code of the import's time step, and that of the next one. */
const STEP_S = 30;

/** A password as Django stores it. */
function djangoHash(password: string): string {
  const [salt, rounds] = [randomUUID().replaceAll('-', ''), 100_000];
  return `pbkdf2_sha256$${rounds}$${salt}$${pbkdf2Sync(password, salt, rounds, 32, 'sha256').toString('base64')}`;
}

/** A table with one user, and the user's app. */
async function fileOf({ email, password }: User): Promise<{ file: string; app: Authenticator; remove: () => Promise<void> }> {
  const dir = await mkdtemp(join(tmpdir(), 'postern-moving-'));
  const file = join(dir, 'users.csv');
  const secret = new Secret({ size: 32 }).base32;
  const columns = 'email,name,password_hash,totp_secret,totp_algorithm,totp_digits';
  await writeFile(file, `${columns}\n${email},Ada L.,${djangoHash(password)},${secret},SHA256,8\n`, { mode: 0o600 });
  return { file, app: new Authenticator(secret), remove: () => rm(dir, { recursive: true }) };
}

test('a user who was imported logs in with the old password and an app of 8 digits', async ({ page, portal, picture }, { testId }) => {
  test.slow();
  const user = { email: `moved-${testId}@example.com`, password: randomUUID() };
  const { file, app, remove } = await fileOf(user);
  await portal.cli('import', file, '--format', 'csv', '--account', 'Demo');
  await remove();
  const imported = Date.now() / 1000;

  await page.goto('/');
  await page.getByLabel('E-mail').fill(user.email);
  await page.getByLabel('Password', { exact: true }).fill(user.password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
  const code = page.getByLabel('One-time code');
  await code.pressSequentially(await app.codeAt(imported, APP));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert'), 'the other system may have accepted this code').toContainText('was not accepted');
  await picture('moved-code');

  // The portal also accepts the code of the next time step (R9).
  const next = (Math.floor(imported / STEP_S) + 2) * STEP_S;
  await expect.poll(() => Date.now() / 1000, { timeout: 2 * STEP_S * 1000 }).toBeGreaterThan(next - STEP_S);
  await code.fill(await app.codeAt(next, APP));
  await page.keyboard.press('Enter');
  await saveRecoveryCodes(page);
  await expect(page.getByText('You are logged in')).toBeVisible();
});
