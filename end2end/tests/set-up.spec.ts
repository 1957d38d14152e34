import { expect, test } from '../fixtures/app.ts';
import { PASSWORD, fillIn, row, visit } from '../fixtures/visit.ts';

test('the printed link makes the first admin, shows how to go on, and works once', async ({ page, server, visitor }) => {
  const link = server.setUpLink();
  await page.goto('/');
  await expect(page.getByText('Nobody has signed in here yet.')).toBeVisible();
  await page.goto(link);
  await fillIn(page, { Name: 'ann', Password: PASSWORD });
  await page.getByRole('button', { name: 'Start' }).click();

  await expect(page.getByText('You are the first admin.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Put a phone on the map' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add the phone' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add demo friends' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Admin' })).toBeVisible();
  await visit(page, '/');
  await expect(row(page, 'ann')).toBeVisible();

  const second = await visitor();
  await second.goto(link);
  await fillIn(second, { Name: 'mallory', Password: PASSWORD });
  await second.getByRole('button', { name: 'Start' }).click();
  await expect(second.getByText('This link has been used')).toBeVisible();
  await second.goto('/friends');
  await expect(second).toHaveURL(/\/sign-in/);
  await expect(second.getByText('Nobody has signed in here yet.')).toHaveCount(0);
});

test('a made-up token makes no admin, and a short password none either', async ({ page, server }) => {
  await page.goto('/set-up?token=madeup');
  await fillIn(page, { Name: 'mallory', Password: PASSWORD });
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('This link has been used')).toBeVisible();

  const link = server.setUpLink();
  await page.goto(link);
  // A program does not care what the browser asks of a password.
  const answer = await page.request.post('/api/set_up', {
    form: { token: new URL(link).searchParams.get('token') ?? '', name: 'ann', password: 'short' },
    headers: { accept: 'application/json' },
  });
  expect(answer.status()).toBe(422);
  // The mistake did not use up the link.
  await fillIn(page, { Name: 'ann', Password: PASSWORD });
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('You are the first admin.')).toBeVisible();
});

test('after a restart the old link is void and a new one works', async ({ page, server }) => {
  const old = server.setUpLink();
  await server.kill();
  server.log = '';
  await server.restart();
  const link = server.setUpLink();
  expect(link).not.toBe(old);
  await page.goto(old);
  await fillIn(page, { Name: 'mallory', Password: PASSWORD });
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('This link has been used')).toBeVisible();
  await page.goto(link);
  await fillIn(page, { Name: 'ann', Password: PASSWORD });
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('You are the first admin.')).toBeVisible();
});
