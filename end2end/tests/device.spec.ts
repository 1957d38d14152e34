import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';
import { CLOCK, minutesAgo, visit } from '../fixtures/visit.ts';

/** What became of the orders, newest first. */
function orders(page: Page): Locator {
  return page.getByRole('list', { name: 'Orders' }).getByRole('listitem');
}

test('a position is asked for, delivered and answered, and the page says each of it by itself', async ({ ann, phone }) => {
  const tom = await phone('tom', 'old phone');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await tom.close();
  await visit(ann, '/friends');
  await ann.getByRole('link', { name: 'old phone' }).click();
  await expect(ann).toHaveURL('/friends/tom/old%20phone');
  await expect(ann.getByRole('heading', { level: 1 })).toHaveText('tom: old phone');
  await expect(ann.getByRole('region', { name: 'This device' })).toContainText(new RegExp(minutesAgo(30)));
  await expect(ann.getByRole('region', { name: 'This device' })).toContainText('Embedded broker');

  await ann.getByRole('button', { name: 'Ask for a position' }).click();
  await expect(orders(ann)).toHaveCount(1);
  await expect(orders(ann).first()).toContainText(new RegExp(`Position, asked at .*Waiting for the phone, until ${CLOCK}\\.`));

  await tom.listen();
  expect(await tom.order()).toEqual({ _type: 'cmd', action: 'reportLocation' });
  await expect(orders(ann).first()).toContainText(/Delivered at .*, not answered yet/);
  await tom.report({ ...HARBOUR, t: 'r' });
  await expect(orders(ann).first()).toContainText('Answered at');
  await expect(ann.getByRole('region', { name: 'This device' })).toContainText(new RegExp(minutesAgo(0)));
});

test('the mode is set and the status explained, worst first', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.listen();
  await visit(ann, '/friends/tom/phone');
  await ann.getByLabel('Mode').selectOption('move');
  await ann.getByRole('button', { name: 'Set mode' }).click();
  expect(await tom.order()).toEqual({ _type: 'cmd', action: 'setConfiguration', configuration: { _type: 'configuration', monitoring: 2 } });
  await ann.getByRole('button', { name: 'Ask for status' }).click();
  expect(await tom.order()).toEqual({ _type: 'cmd', action: 'status' });
  await tom.publish(JSON.stringify({ _type: 'status', android: { wifi: 1, bo: 1, loc: -2 }, novelty: 'x' }), '/status');
  const said = ann.getByRole('region', { name: 'The app on it' }).getByRole('listitem');
  await expect(said.first()).toContainText('only while the app is open');
  await expect(said.nth(1)).toContainText('take it out of the battery optimisation');
  await expect(said.filter({ hasText: 'novelty: x' })).toHaveCount(1);
  await expect(orders(ann).first()).toContainText('Answered at');
});

test('an order that waits is taken back', async ({ ann, phone }) => {
  // Signed in, so that the server knows the device at once; not listening.
  await (await phone('tom')).connect();
  await visit(ann, '/friends/tom/phone');
  await ann.getByRole('button', { name: 'Ask for its regions' }).click();
  await ann.getByRole('button', { name: 'Take back: Its regions' }).click();
  await expect(orders(ann).first()).toContainText('Taken back at');
  await expect(ann.getByRole('button', { name: /^Take back/ })).toHaveCount(0);
});

test('settings that make no sense are said beside their field, and what was typed stays while the page refreshes', async ({ ann, guard, phone }) => {
  guard.allow(/status of 422/);
  const tom = await phone('tom');
  await tom.listen();
  await visit(ann, '/friends/tom/phone');
  await ann.getByText('Other settings of the app').click();
  const field = ann.getByLabel('Settings');
  for (const [typed, complaint] of [
    ['{"locatorInterval": ', /^Settings must be a JSON object/],
    ['{"host": "elsewhere.example"}', /^Settings must leave host alone/],
  ] as const) {
    await field.fill(typed);
    await ann.getByRole('button', { name: 'Send settings' }).click();
    await expect(field).toHaveAccessibleDescription(complaint);
    await expect(field).toHaveValue(typed);
  }
  const asked = ann.waitForResponse((answer) => answer.url().includes('/api/device_report'));
  await asked;
  await expect(field).toHaveValue('{"host": "elsewhere.example"}');
  await field.fill('{"locatorInterval": 60}');
  await ann.getByRole('button', { name: 'Send settings' }).click();
  expect(await tom.order()).toMatchObject({ action: 'setConfiguration', configuration: { locatorInterval: 60 } });
  await expect(orders(ann).first()).toContainText('Settings: locatorInterval');
  await expect(orders(ann).first()).toContainText('Apps do not say whether they took settings.');
  await expect(field).toHaveValue('');
});

test('what was sealed is read as soon as there is a key, and the key is never shown', async ({ ann, guard, phone }) => {
  guard.allow(/status of 422/);
  const tom = await phone('tom');
  await tom.reportSealed(HARBOUR, 'a key of the phone');
  await visit(ann, '/friends/tom/phone');
  const encryption = ann.getByRole('region', { name: 'Encryption' });
  await expect(encryption).toContainText('1 message stays closed');
  const key = encryption.getByLabel('Key', { exact: true });
  await expect(key).toHaveAttribute('type', 'password');
  await key.fill('ä'.repeat(17));
  await encryption.getByRole('button', { name: 'Set the key' }).click();
  await expect(key).toHaveAccessibleDescription(/^Key has 34 bytes; phones use 32 at the most/);
  await key.fill('a key of the phone');
  await encryption.getByRole('button', { name: 'Set the key' }).click();
  await expect(encryption).toContainText('There is a key');
  await expect(encryption).not.toContainText('closed:');
  await expect(key).toHaveValue('');
  expect(await ann.content()).not.toContain('a key of the phone');
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);

  await visit(ann, '/friends/tom/phone');
  await encryption.getByLabel('Remove the key of this device').click();
  await encryption.getByRole('button', { name: 'Remove the key' }).click();
  await expect(encryption).toContainText('There is no key');
});

test('a device is seen by its owner and by admins alone', async ({ ann, guard, person, phone }) => {
  guard.allow(/status of 40[34]/);
  await (await phone('tom')).connect();
  await (await phone('bob', 'tablet')).connect();
  const bob = await person('bob', 'friend');
  await visit(bob, '/friends');
  await expect(bob.getByRole('link', { name: 'tablet' })).toBeVisible();
  await expect(bob.getByRole('link', { name: 'phone' })).toHaveCount(0);
  await visit(bob, '/friends/bob/tablet');
  await expect(bob.getByRole('button', { name: 'Ask for a position' })).toBeVisible();
  await visit(bob, '/friends/tom/phone');
  await expect(bob.getByText('Only an admin may do that.')).toBeVisible();
  await visit(ann, '/friends/tom/no-such-phone');
  await expect(ann.getByText('There is no such device any more.')).toBeVisible();
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the page of a device has no serious barrier, ${colorScheme}`, async ({ ann, guard, phone }) => {
    guard.allow(/Applying inline style/);
    const tom = await phone('tom');
    await tom.reportSealed(FARM, 'x');
    await tom.publish(JSON.stringify({ _type: 'status', android: { ps: 1 } }), '/status');
    await ann.emulateMedia({ colorScheme });
    for (const path of ['/friends/tom/phone', '/friends/tom/card', '/settings']) {
      await visit(ann, path);
      await expect(ann.getByRole('heading', { level: 1 })).toBeVisible();
      for (const summary of await ann.locator('main summary').all()) await summary.click();
      // It would load the style's imports as if they were the page's: below this page there are none.
      const { violations } = await new AxeBuilder({ page: ann }).setLegacyMode(true).options({ preload: false }).analyze();
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      expect.soft(serious.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`)), path).toEqual([]);
    }
  });
}
