import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt, marker } from '../fixtures/map.ts';
import { Phone } from '../fixtures/phone.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { PASSWORD, fillIn, row, signIn, visit } from '../fixtures/visit.ts';

/** Opens the form for what a party sees. */
async function change(page: Page, party: string): Promise<void> {
  await visit(page, '/privacy');
  await page.getByRole('link', { name: `Change what ${party} sees` }).click();
  await expect(page.getByRole('button', { name: 'Save' })).toBeVisible();
}

test('what a friend says holds on the open page of another, without a reload', async ({ ann, person, phone }) => {
  const annsPhone = await phone('ann');
  await annsPhone.report({ ...HARBOUR, batt: 77 });
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await expectAt(ben, 'ann', HARBOUR);
  await ben.evaluate(() => Object.assign(window, { notReloaded: true }));

  await change(ann, 'ben');
  await ann.getByRole('radio', { name: /^To the town/ }).check();
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('Saved. It holds from now on')).toBeVisible();
  await expect(ann.getByRole('row', { name: /^ben/ })).toContainText('To the town');
  await expect(row(ben, 'ann')).toContainText('to the town');
  await expect(marker(ben, 'ann')).not.toHaveAttribute('data-lat', HARBOUR.lat.toFixed(5));
  await annsPhone.report({ ...HARBOUR, batt: 76 });
  await expect(marker(ben, 'ann')).not.toHaveAttribute('data-lat', HARBOUR.lat.toFixed(5));
  await expect(row(ben, 'ann')).not.toContainText(/7[67]\s%/);
  expect(await ben.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('who pauses vanishes from the map of others, who read that; and comes back', async ({ ann, person, phone }) => {
  const annsPhone = await phone('ann');
  await annsPhone.report(HARBOUR);
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await expect(marker(ben, 'ann')).toBeVisible();

  await visit(ann, '/privacy');
  await ann.getByLabel('For how long').selectOption('Until it is resumed');
  await ann.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(ann.getByText(/^Paused since/)).toBeVisible();
  await expect(marker(ben, 'ann')).toHaveCount(0);
  await expect(row(ben, 'ann')).toContainText('Paused');

  await visit(ann, '/');
  await expect(ann.getByRole('link', { name: 'Paused: nobody sees you' })).toBeVisible();
  await visit(ann, '/privacy');
  await ann.getByRole('button', { name: 'Resume' }).click();
  await expect(ann.getByText(/^Paused since/)).toHaveCount(0);
  await expect(marker(ben, 'ann')).toBeVisible();
});

test('a pause may read as off', async ({ ann, person, phone }) => {
  const annsPhone = await phone('ann');
  await annsPhone.report(HARBOUR);
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await visit(ann, '/privacy');
  await ann.getByRole('radio', { name: /off/ }).check();
  await ann.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(ann.getByText(/^Paused since/)).toBeVisible();
  await expect(row(ben, 'ann')).toContainText('Location off');
  await expect(row(ben, 'ann')).not.toContainText('Paused');
});

test('what would change is shown before it is saved, and nothing has changed then', async ({ ann, person, phone }) => {
  const annsPhone = await phone('ann');
  await annsPhone.report({ ...HARBOUR, batt: 77 });
  const ben = await person('ben', 'friend');
  await change(ann, 'ben');
  await ann.getByRole('radio', { name: /^Nothing/ }).check();
  const difference = ann.getByRole('table', { name: 'What ben sees' });
  await expect(difference.getByRole('row', { name: /^Shown/ })).toContainText('precisely');
  await expect(difference.getByRole('row', { name: /^Shown/ })).toContainText('off');
  await expect(difference.getByRole('row', { name: /^Charge/ })).toContainText(/77\s%nothing/);
  await ann.getByRole('radio', { name: /^Precisely/ }).check();
  await expect(difference).toHaveCount(0);
  await ann.getByRole('radio', { name: /^Later/ }).check();
  await ann.getByLabel('How much later').selectOption('6 h');
  await expect(difference).toContainText('6 h late');
  await ann.getByRole('link', { name: 'Cancel' }).click();
  await expect(ann.getByRole('row', { name: /^ben/ })).toContainText('As the group');
  await visit(ben, '/');
  await expectAt(ben, 'ann', HARBOUR);

  await visit(ann, '/privacy');
  await ann.getByRole('link', { name: 'View as ben' }).click();
  await expect(ann.getByRole('region', { name: 'What ben sees of you' })).toContainText(/77\s%/);
});

test('who was let in on the page is seen by nobody until they choose, and is told so', async ({ ann, phone, visitor }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/friends');
  const people = ann.getByRole('region', { name: 'Let somebody sign in' });
  await fillIn(people, { Name: 'zoe', Password: PASSWORD });
  await people.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(ann.getByText('They can sign in now.')).toBeVisible();
  const zoe = await visitor();
  await signIn(zoe, 'zoe');
  await visit(zoe, '/');
  await expect(zoe.getByText('Nobody sees you yet.')).toBeVisible();
  await expect(zoe.getByRole('link', { name: 'Visible to nobody else' })).toBeVisible();
  await zoe.getByRole('link', { name: 'Choose who may.' }).click();
  await zoe.getByRole('link', { name: 'Change what the group sees' }).click();
  await zoe.getByRole('radio', { name: /^To the street/ }).check();
  await zoe.getByRole('button', { name: 'Save' }).click();
  await expect(zoe.getByRole('row', { name: /^My group/ })).toContainText('To the street');
  await visit(zoe, '/');
  await expect(zoe.getByText('Nobody sees you yet.')).toHaveCount(0);
  await expect(zoe.getByRole('link', { name: 'Visible to 2 friends' })).toBeVisible();
});

test('an admin says it for who cannot sign in, and for nobody else', async ({ ann, guard, person, phone }) => {
  guard.allow(/status of 403/);
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await expectAt(ben, 'tom', HARBOUR);
  await visit(ann, '/friends');
  await ann.getByRole('link', { name: 'What others see of tom' }).click();
  await expect(ann.getByRole('heading', { level: 1, name: 'Privacy of tom' })).toBeVisible();
  await ann.getByRole('link', { name: 'Change what the group sees' }).click();
  await ann.getByRole('radio', { name: /^Nothing/ }).check();
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('Saved. It holds from now on')).toBeVisible();
  await expect(row(ben, 'tom')).toContainText('Location off');
  await expect(marker(ben, 'tom')).toHaveCount(0);

  await visit(ann, '/friends');
  await expect(ann.getByRole('link', { name: 'What others see of ben' })).toHaveCount(0);
  await visit(ann, '/friends/ben/privacy');
  await expect(ann.getByText('Who can sign in decides alone')).toBeVisible();
});

test('a phone of somebody who shows nothing is not waited for', async ({ ann, server }) => {
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'tom', Device: 'phone' });
  await form.getByRole('button', { name: 'Add the phone' }).click();
  const card = ann.getByRole('region', { name: 'tom: phone' });
  await card.getByText('Or type it in by hand').click();
  const value = (term: string) => card.locator(`dt:text-is("${term}") + dd`).last().innerText();
  const reporting = new Phone(server, { username: await value('User name'), password: await value('Password'), topic: 'owntracks/tom/phone' });
  expect(await reporting.post(HARBOUR)).toBe(200);
  await expect(card.getByText('The phone reports.')).toBeVisible();
  await visit(ann, '/');
  await expect(row(ann, 'tom')).toContainText('Location off');
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`my privacy has no serious barrier for anybody, ${colorScheme}`, async ({ ann, guard, person, phone }) => {
    guard.allow(/Applying inline style/);
    const annsPhone = await phone('ann');
    await annsPhone.report(HARBOUR);
    await person('ben', 'friend');
    await ann.emulateMedia({ colorScheme });
    await change(ann, 'ben');
    await ann.getByRole('radio', { name: /^To the town/ }).check();
    await expect(ann.getByRole('table', { name: 'What ben sees' })).toBeVisible();
    await ann.getByText('How far back, and until when').click();
    expect.soft(await barriers(ann), 'form').toEqual([]);
    await visit(ann, '/privacy');
    await ann.getByRole('button', { name: 'Pause', exact: true }).click();
    await expect(ann.getByText(/^Paused since/)).toBeVisible();
    await ann.getByRole('link', { name: 'View as ben' }).click();
    await expect(ann.getByRole('region', { name: 'What ben sees of you' })).toBeVisible();
    expect.soft(await barriers(ann), 'table').toEqual([]);
  });
}

async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(' ')} (${any[0]?.message ?? ''})`));
}
