import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { fillIn, visit } from '../fixtures/visit.ts';

/** The outlet with that base, in the list. */
function outlet(page: Page, base: string): Locator {
  return page.getByRole('list', { name: 'Outlets' }).getByRole('listitem').filter({ hasText: base });
}

test('an outlet is made, tested, changed and removed', async ({ ann, guard, phone }) => {
  guard.allow(/status of 422/);
  guard.allow(/Applying inline style/);
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/admin');
  await ann.getByRole('link', { name: 'Where data goes out to' }).click();
  await expect(ann.getByText('No outlets yet')).toBeVisible();

  await ann.getByRole('link', { name: 'New outlet' }).click();
  await fillIn(ann, { Broker: 'mqtt://127.0.0.1:1', User: 'writer', Password: 'open sesame', 'Topic base': 'owntracks/out' });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByLabel('Topic base')).toHaveAccessibleDescription(/^Topic base must lie apart from owntracks/);
  await fillIn(ann, { 'Topic base': 'whereabouts' });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('The outlet is saved.')).toBeVisible();

  const item = outlet(ann, 'whereabouts');
  await expect(item).toContainText('writer, with a password');
  await expect(item).toContainText(/Last success\s*never/);
  await expect(item).toContainText(/Waiting\s*\d+ messages/);
  // It says so by itself.
  await expect(item).toContainText('No delivery: no connection', { timeout: 30_000 });
  await item.getByRole('button', { name: /^Test/ }).click();
  const silence = 'The test did not work: no connection: no broker with MQTT 5 answers at this address and port';
  await expect(item).toContainText(silence, { timeout: 30_000 });
  expect((await new AxeBuilder({ page: ann }).setLegacyMode(true).analyze()).violations).toEqual([]);

  await item.getByRole('link', { name: /^Edit/ }).click();
  await expect(ann.getByLabel('Password', { exact: true })).toHaveValue('');
  await ann.getByLabel('On;').uncheck();
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(outlet(ann, 'whereabouts')).toContainText('off');

  await outlet(ann, 'whereabouts').getByText('Remove', { exact: true }).click();
  await outlet(ann, 'whereabouts').getByRole('button', { name: 'Remove the outlet' }).click();
  await expect(ann.getByText('No outlets yet')).toBeVisible();
});

test('only admins see outlets', async ({ person }) => {
  const bob = await person('bob', 'friend');
  await visit(bob, '/admin/outlets');
  await expect(bob.getByText('Only admins see where data goes out to.')).toBeVisible();
});
