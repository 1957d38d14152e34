import { expect, test } from '../fixtures/app.ts';
import { fillIn, visit } from '../fixtures/visit.ts';

test('who becomes an admin has the pages for it at once on the page that is open, and no longer than they are one', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await visit(ben, '/friends');
  const pages = ben.getByRole('navigation', { name: 'Pages', exact: true });
  const adds = ben.getByRole('heading', { name: 'Let somebody sign in' });
  await expect(pages.getByRole('link', { name: 'Settings' })).toBeVisible();
  await expect(pages.getByRole('link', { name: 'Admin' })).toHaveCount(0);
  await expect(adds).toHaveCount(0);
  await ben.evaluate(() => Object.assign(window, { notReloaded: true }));

  await visit(ann, '/groups');
  await ann.getByRole('button', { name: 'Make admin: ben' }).click();
  await expect(pages.getByRole('link', { name: 'Admin' })).toBeVisible();
  await expect(adds).toBeVisible();
  await pages.getByRole('link', { name: 'Admin' }).click();
  const tabs = ben.getByRole('navigation', { name: 'Pages for admins' });
  await expect(tabs.getByRole('link', { name: 'Broker' })).toBeVisible();
  await expect(tabs.getByRole('link', { name: 'Storage' })).toHaveCount(0);

  await visit(ann, '/admin/server');
  await ann.getByLabel('Who', { exact: true }).selectOption('ben');
  await ann.getByRole('button', { name: 'Add' }).click();
  await expect(tabs.getByRole('link', { name: 'Storage' })).toBeVisible();

  await visit(ann, '/groups');
  await ann.getByRole('button', { name: 'Remove as admin: ben' }).click();
  await expect(tabs.getByRole('link', { name: 'Broker' })).toHaveCount(0);
  await expect(ben.getByText('Only admins see what arrives at the server.')).toBeVisible();
  expect(await ben.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('an admin of two groups says of which a new friend is', async ({ ann }) => {
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await expect(form.getByLabel('Device')).toBeVisible();
  await expect(form.getByLabel('Group', { exact: true })).toHaveCount(0);
  await visit(ann, '/groups');
  const make = ann.getByRole('region', { name: 'New group' });
  await fillIn(make, { Name: 'Choir' });
  await make.getByRole('button', { name: 'Make the group' }).click();
  await expect(ann.getByText('The group is made.')).toBeVisible();

  await visit(ann, '/friends');
  await form.getByLabel('Group', { exact: true }).selectOption('Choir');
  await fillIn(form, { Friend: 'tom', Device: 'phone' });
  await form.getByRole('button', { name: 'Add the phone' }).click();
  await expect(ann.getByRole('region', { name: 'tom: phone' })).toBeVisible();
  const tom = ann.getByRole('listitem').filter({ has: ann.getByRole('heading', { name: 'tom' }) });
  await expect(tom).toContainText('Cannot sign in · Choir');
});

test('the way to the settings is marked on the pages behind it', async ({ ann }) => {
  const marked = ann.getByRole('navigation', { name: 'Pages', exact: true }).locator('[aria-current]');
  for (const path of ['/settings', '/privacy', '/privacy/data', '/groups']) {
    await visit(ann, path);
    await expect(marked, path).toHaveText('Settings');
  }
  await visit(ann, '/admin/server');
  await expect(marked).toHaveText('Admin');
});
