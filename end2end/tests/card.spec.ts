import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { marker } from '../fixtures/map.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { picture, row, visit } from '../fixtures/visit.ts';

/** Waits until the picture is there, and not only its place. */
async function expectPicture(where: Locator): Promise<void> {
  const image = where.locator('img');
  await expect(image).toHaveCount(1);
  await expect.poll(() => image.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBeGreaterThan(0);
}

function form(page: Page): Locator {
  return page.getByRole('region', { name: /^How (friends see you|others see them)$/ });
}

test('a picture and a name are seen by friends at once, on the map and in the list, and the own name stays known', async ({ ann, person, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  const friend = await person('bob', 'friend');
  await visit(friend, '/');
  await expect(marker(friend, 'tom').locator('img')).toHaveCount(0);

  await visit(ann, '/friends');
  await ann.getByRole('link', { name: 'Card of tom' }).click();
  await expect(ann.getByRole('heading', { level: 1 })).toHaveText('Card of tom');
  await form(ann).getByLabel('Shown name').fill('Uncle Tom');
  await form(ann).getByLabel('Picture').setInputFiles(await picture(ann));
  await form(ann).getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('The card is saved')).toBeVisible();
  await expectPicture(form(ann));
  await expect(form(ann).getByLabel('Shown name')).toHaveValue('Uncle Tom');

  await expectPicture(marker(friend, 'Uncle Tom'));
  await expectPicture(row(friend, 'Uncle Tom'));
  await row(friend, 'Uncle Tom').click();
  await expect(friend).toHaveURL(/friend=tom/);
  await expect(friend.getByRole('region', { name: 'Uncle Tom' })).toContainText('tom');
  await expectPicture(friend.getByRole('region', { name: 'Uncle Tom' }));
  // A picture that stays the same is not put up anew when the friend moves.
  const image = await marker(friend, 'Uncle Tom').locator('img').elementHandle();
  await tom.report({ ...HARBOUR, batt: 12 });
  await expect(marker(friend, 'Uncle Tom')).toHaveAccessibleName(/12 percent/);
  expect(await image!.evaluate((image) => image.isConnected)).toBe(true);

  await form(ann).getByRole('button', { name: 'Remove the picture' }).click();
  await expect(form(ann)).toContainText('There is no picture yet.');
  await expect(marker(friend, 'Uncle Tom').locator('img')).toHaveCount(0);
});

test('one changes the own card in the settings and nobody else\u2019s', async ({ person, phone }) => {
  await phone('tom');
  const bob = await person('bob', 'friend');
  await visit(bob, '/settings');
  await form(bob).getByLabel('Picture').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') });
  await form(bob).getByLabel('Shown name').fill('Bobby');
  await form(bob).getByRole('button', { name: 'Save' }).click();
  await expect(form(bob).getByLabel('Picture')).toHaveAccessibleDescription(/^Picture must be a PNG, JPEG, GIF or WebP picture/);
  await expect(form(bob).getByLabel('Shown name')).toHaveValue('Bobby');
  await form(bob).getByLabel('Picture').setInputFiles({ name: 'large.png', mimeType: 'image/png', buffer: Buffer.alloc(5_000_000) });
  await form(bob).getByRole('button', { name: 'Save' }).click();
  await expect(form(bob).getByLabel('Picture')).toHaveAccessibleDescription(/^Picture is larger than 4 MB/);
  await form(bob).getByRole('button', { name: 'Save' }).click();
  await expect(bob.getByText('The card is saved')).toBeVisible();
  await visit(bob, '/');
  await expect(row(bob, 'Bobby')).toBeVisible();
  await visit(bob, '/friends');
  await expect(bob.getByRole('heading', { name: 'Bobby (bob)' })).toBeVisible();
  await visit(bob, '/friends/tom/card');
  await expect(bob.getByText('How somebody else is shown is for an admin of all their groups to change.')).toBeVisible();
});

test('a phone whose clock is wrong says so in place of an age', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, at: new Date('2031-01-01T00:00:00Z') });
  await visit(ann, '/?friend=tom');
  await expect(row(ann, 'tom')).toContainText('phone\u2019s clock is wrong');
  await expect(ann.getByRole('region', { name: 'tom' })).toContainText('phone\u2019s clock is wrong');
  await expect(marker(ann, 'tom')).toHaveAccessibleName(/clock is wrong/);
});

test('a card is changed by nobody who is not signed in, and by no foreign page', async ({ ann, request }) => {
  const sent = { page: '/settings', friend: '00000000-0000-7000-8000-000000000000', name: 'Mallory' };
  const stranger = await request.post('/settings/card', { multipart: sent, maxRedirects: 0 });
  expect([stranger.status(), stranger.headers()['location']]).toEqual([303, '/sign-in']);
  const foreign = await ann.request.post('/settings/card', { multipart: sent, headers: { origin: 'https://elsewhere.example' } });
  expect(foreign.status()).toBe(403);
  const elsewhere = await ann.request.post('/settings/card', { multipart: { ...sent, page: '//elsewhere.example' }, maxRedirects: 0 });
  expect(elsewhere.headers()['location']).toMatch(/^\/\?__path=/);
});
