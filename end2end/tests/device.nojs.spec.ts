import { expect, test } from '../fixtures/app.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';
import { minutesAgo, picture, row } from '../fixtures/visit.ts';

test('without script a phone is asked, settings are judged, and what became of it is read', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.listen();
  await ann.goto('/friends');
  await ann.getByRole('link', { name: 'phone', exact: true }).click();
  await ann.getByRole('button', { name: 'Ask for a position' }).click();
  await expect(ann).toHaveURL('/friends/tom/phone?asked');
  await expect(ann.getByText('The phone gets it as soon as it comes by.')).toBeVisible();
  expect(await tom.order()).toEqual({ _type: 'cmd', action: 'reportLocation' });
  await tom.report({ ...HARBOUR, t: 'r' });
  await ann.reload();
  await expect(ann.getByRole('list', { name: 'Orders' })).toContainText('Answered at');

  await ann.getByText('Other settings of the app').click();
  await ann.getByLabel('Settings').fill('[1, 2]\n<b>');
  await ann.getByRole('button', { name: 'Send settings' }).click();
  await expect(ann.getByLabel('Settings')).toHaveAccessibleDescription(/^Settings must be a JSON object/);
  await expect(ann.getByLabel('Settings')).toHaveValue('[1, 2]\n<b>');
});

test('without script a key is set, and what was sealed is read', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.reportSealed({ ...FARM, minutesAgo: 3 }, 'secret');
  await ann.goto('/friends/tom/phone');
  await expect(ann.getByText('1 message stays closed: there is no key for it yet.')).toBeVisible();
  await ann.getByLabel('Key', { exact: true }).fill('secret');
  await ann.getByRole('button', { name: 'Set the key' }).click();
  await expect(ann.getByText('The key is set.')).toBeVisible();
  await ann.goto('/');
  await expect(row(ann, 'tom')).toContainText(new RegExp(minutesAgo(3)));
});

test('without script a picture is sent, and mistakes are said beside the field', async ({ ann, phone, person }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await ann.goto('/settings');
  await ann.getByLabel('Shown name').fill('Anna');
  await ann.getByLabel('Picture').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('nothing') });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByLabel('Picture')).toHaveAccessibleDescription(/^Picture must be a PNG/);
  await expect(ann.getByLabel('Shown name')).toHaveValue('Anna');
  await ann.getByLabel('Picture').setInputFiles(await picture(ann));
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann).toHaveURL('/settings?card');
  const bob = await person('bob', 'friend');
  await bob.goto('/');
  await expect(row(bob, 'Anna').locator('img')).toHaveAttribute('src', /^\/api\/v1\/friends\/[-0-9a-f]+\/face\?v=\d+$/);
  await ann.getByRole('button', { name: 'Remove the picture' }).click();
  await expect(ann.getByText('There is no picture yet.')).toBeVisible();
  await expect(ann.getByLabel('Shown name')).toHaveValue('Anna');
});
