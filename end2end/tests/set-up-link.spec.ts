import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { Phone } from '../fixtures/phone.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { fillIn, visit } from '../fixtures/visit.ts';
import type { Page } from '@playwright/test';

/** Makes a link on the page, and returns its path. */
async function makeLink(ann: Page, friend: string): Promise<string> {
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: friend, Device: 'phone' });
  await form.getByRole('button', { name: 'Make a set-up link' }).click();
  const card = ann.getByRole('region', { name: `Set-up link for ${friend}: phone` });
  await expect(card.getByRole('img', { name: 'The set-up link as a QR code' }).locator('svg')).toBeVisible();
  return new URL(await card.locator('code').innerText()).pathname;
}

/** What the page says to type. */
function value(page: Page, term: string): Promise<string> {
  return page.locator(`dt:text-is("${term}") + dd code`).first().innerText();
}

test('a phone is on the map in a minute, by a link, and the page ticks off how far it is', async ({ ann, visitor, server }) => {
  const path = await makeLink(ann, 'tom');
  const holder = await visitor();
  await holder.goto(path);
  // First what will be seen, then the button.
  await expect(holder.getByRole('heading', { name: 'First: who will see what' })).toBeVisible();
  await expect(holder.getByText('Nobody sees anything')).toBeVisible();
  await holder.reload();
  await holder.getByRole('button', { name: 'Set up this phone' }).click();

  const link = await holder.getByRole('link', { name: 'Open in OwnTracks' }).getAttribute('href');
  const inside = JSON.parse(Buffer.from(decodeURIComponent(link!.split('inline=')[1]!), 'base64').toString());
  const credentials = { username: await value(holder, 'User name'), password: await value(holder, 'Password'), topic: 'owntracks/tom/phone' };
  expect(inside).toMatchObject({ _type: 'configuration', username: 'tom', password: credentials.password });
  const download = holder.waitForEvent('download');
  await holder.getByRole('link', { name: 'Save whereabouts.otrc' }).click();
  expect((await download).suggestedFilename()).toBe('whereabouts.otrc');

  const ticks = holder.getByRole('list', { name: 'How far the phone is' });
  const done = (name: string) => ticks.getByRole('listitem').filter({ hasText: `Done: ${name}` });
  const status = holder.getByRole('status');
  await expect(holder.getByText('Waiting for the phone…')).toBeVisible();
  expect(await new Phone(server, { ...credentials, password: 'wrong' }).post(HARBOUR)).toBe(401);
  await expect(holder.getByText('Somebody tried this user name with a wrong password.')).toBeVisible();
  const phone = new Phone(server, credentials);
  await phone.connect();
  await expect(done('Signed in')).toBeVisible();
  await expect(holder.getByText('Somebody tried this user name with a wrong password.')).toHaveCount(0);
  await phone.publish(JSON.stringify({ _type: 'lwt', tst: 1 }));
  await expect(done('First message')).toBeVisible();
  await expect(holder.getByText('has only sent lwt so far')).toBeVisible();
  await phone.report(HARBOUR);
  await expect(done('First position')).toBeVisible();
  await expect(status.filter({ hasText: /^The phone is on the map\./ })).toBeVisible();
  await phone.close();

  // The admin has seen it come, and the link is worth nothing any more.
  await expect(ann.getByText('Of 1 made: 1 opened, 1 used, 1 on the map; 0 can still be used.')).toBeVisible();
  const other = await visitor();
  await other.goto(path);
  await expect(other.getByText('This link does not work any more')).toBeVisible();
});

test('who can sign in uses their link signed in, and says at once what others see', async ({ ann, visitor, person, server }) => {
  const bob = await person('bob', 'friend');
  const path = await makeLink(ann, 'bob');
  const stranger = await visitor();
  await stranger.goto(path);
  await expect(stranger.getByRole('heading', { name: 'Sign in first' })).toBeVisible();
  await ann.goto(path);
  await expect(ann.getByText('Somebody else is signed in here.')).toBeVisible();
  await bob.goto(path);
  await bob.getByLabel(/^From now on .* sees$/).selectOption('precise');
  await bob.getByRole('button', { name: 'Set up this phone' }).click();
  const credentials = { username: 'bob', password: await value(bob, 'Password'), topic: 'owntracks/bob/phone' };
  const phone = new Phone(server, credentials);
  await phone.report(HARBOUR);
  await phone.close();
  await expect(bob.getByRole('link', { name: 'Choose what each friend sees' })).toBeVisible();
  await visit(ann, '/');
  await expectAt(ann, 'bob', HARBOUR);
});

test('an admin does not get the password of who can sign in', async ({ ann, person, guard }) => {
  guard.allow(/status of 422/);
  await person('bob', 'friend');
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'bob', Device: 'phone' });
  await form.getByRole('button', { name: 'Add the phone' }).click();
  await expect(form.getByLabel('Friend')).toHaveAccessibleDescription(/can sign in/);
});

test('a link that is taken back is worth nothing', async ({ ann, visitor }) => {
  const path = await makeLink(ann, 'tom');
  const links = ann.getByRole('region', { name: 'Set-up links' });
  await links.getByLabel('Take back the link for tom: phone').click();
  await links.getByRole('button', { name: 'Take the link back' }).click();
  await expect(ann.getByText('The link is taken back.')).toBeVisible();
  const holder = await visitor();
  await holder.goto(path);
  await expect(holder.getByText('This link does not work any more')).toBeVisible();
});
