import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '../fixtures/app.ts';
import { PASSWORD, signIn } from '../fixtures/visit.ts';

// The provider itself is tried in tests/server/oidc.rs; here it is how the page looks to somebody in a browser.
const PROVIDER = fileURLToPath(new URL('../fixtures/provider.mjs', import.meta.url));

test('sessions are listed, and the others can be ended', async ({ page, browser, server }) => {
  await server.addUser('ann', PASSWORD, 'friend');
  await signIn(page, 'ann', '/settings');
  const elsewhere = await browser.newContext({ baseURL: server.url });
  const other = await elsewhere.newPage();
  await signIn(other, 'ann', '/settings');
  await page.reload();
  const sessions = page.getByRole('region', { name: 'Where you are signed in' });
  await expect(sessions.getByRole('listitem')).toHaveCount(2);
  await sessions.getByRole('button', { name: 'End all others' }).click();
  await expect(sessions.getByRole('listitem')).toHaveCount(1);
  await other.goto('/settings');
  await expect(other).toHaveURL(/\/sign-in/);
  await elsewhere.close();
});

test('who is invited chooses a password and then what others see', async ({ page, browser, server }) => {
  await server.addUser('root', PASSWORD, 'admin');
  await signIn(page, 'root', '/admin/invitations');
  await page.getByLabel('Name').fill('ann');
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = (await page.getByRole('region', { name: 'Send this link' }).locator('code').textContent()) ?? '';
  const elsewhere = await browser.newContext();
  const ann = await elsewhere.newPage();
  await ann.goto(link);
  await expect(ann.getByRole('heading', { name: 'You are invited' })).toBeVisible();
  await ann.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await ann.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(ann).toHaveURL(/\/privacy/);
  await elsewhere.close();
});

test('the provider that the tests use starts', async () => {
  let provider: ChildProcess | undefined;
  try {
    provider = spawn(process.execPath, [PROVIDER, 'whereabouts', 'secret', 'http://127.0.0.1:9/oidc/callback'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const issuer = await new Promise<string>((done) => provider?.stdout?.once('data', (text) => done(String(text).trim())));
    const known = await fetch(`${issuer}/.well-known/openid-configuration`);
    expect(((await known.json()) as { issuer: string }).issuer).toBe(issuer);
  } finally {
    provider?.kill();
  }
});
