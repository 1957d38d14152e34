import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { Phone } from '../fixtures/phone.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';
import { fillIn, minutesAgo, visit } from '../fixtures/visit.ts';

test('a phone is put on the map with exactly what the page says', async ({ ann, server }) => {
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'tom', Device: 'old phone' });
  await form.getByLabel('What the group sees until they choose').selectOption('precise');
  await form.getByRole('button', { name: 'Add the phone' }).click();

  const card = ann.getByRole('region', { name: 'tom: old phone' });
  await expect(card.getByText('Waiting for the first message…')).toBeVisible();
  await expect(card.getByRole('img', { name: 'The set-up link as a QR code' }).locator('svg')).toBeVisible();
  const link = await card.getByRole('link', { name: 'Open in OwnTracks' }).getAttribute('href');
  expect(link).toMatch(/^owntracks:\/\/\/config\?inline=/);

  await card.getByText('Or type it in by hand').click();
  const value = (term: string) => card.locator(`dl:nth-of-type(1) dt:text-is("${term}") + dd`).first().innerText();
  const shown = {
    host: await value('Host'),
    port: await value('Port'),
    username: await value('User name'),
    password: await value('Password'),
    topic: await value('Topic'),
  };
  expect(`${shown.host}:${shown.port}`).toBe(server.mqtt);
  // The link and the file say the same.
  const inside = JSON.parse(Buffer.from(decodeURIComponent(link!.split('inline=')[1]!), 'base64').toString());
  expect(inside).toMatchObject({ _type: 'configuration', mode: 0, username: shown.username, password: shown.password, pubTopicBase: shown.topic });
  expect(`${inside.host}:${inside.port}`).toBe(server.mqtt);
  expect(JSON.parse(await card.locator('pre').innerText())).toEqual(inside);

  const phone = new Phone(server, shown);
  await phone.report(HARBOUR);
  await phone.close();
  await expect(card.getByText('The phone is on the map.')).toBeVisible();
  await card.getByRole('link', { name: 'Look' }).click();
  await expectAt(ann, 'tom', HARBOUR);
});

test('a phone without MQTT gets on the map by HTTP with what the page says', async ({ ann, server }) => {
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'eve', Device: 'tablet' });
  await form.getByLabel('What the group sees until they choose').selectOption('precise');
  await form.getByRole('button', { name: 'Add the phone' }).click();
  const card = ann.getByRole('region', { name: 'eve: tablet' });
  await card.getByText('Or type it in by hand').click();
  const value = (term: string) => card.locator(`dt:text-is("${term}") + dd`).last().innerText();
  expect(await value('URL')).toBe(`${server.url}/pub`);
  const phone = new Phone(server, { username: await value('User name'), password: await value('Password'), topic: 'owntracks/eve/tablet' });
  expect(await phone.post(FARM)).toBe(200);
  await expect(card.getByText('The phone is on the map.')).toBeVisible();
});

test('the card with the password is gone for others and after the visit', async ({ ann, person }) => {
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'tom', Device: 'phone' });
  await form.getByRole('button', { name: 'Add the phone' }).click();
  await expect(ann.getByRole('region', { name: 'tom: phone' })).toBeVisible();
  const { pathname, search } = new URL(ann.url());
  const bob = await person('bob', 'friend');
  await visit(bob, pathname + search);
  await expect(bob.getByRole('heading', { name: 'tom', exact: true })).toBeVisible();
  await expect(bob.getByRole('region', { name: 'tom: phone' })).toHaveCount(0);
});

test('what is wrong with a phone stands beside its field', async ({ ann, guard }) => {
  guard.allow(/status of 422/);
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  const right = { Friend: 'tom', Device: 'phone' };
  for (const [label, text] of [
    ['Friend', 'to/m'],
    ['Device', 'pho+ne'],
  ] as const) {
    const typed = { ...right, [label]: text };
    await fillIn(form, typed);
    await form.getByRole('button', { name: 'Add the phone' }).click();
    await expect(form.getByLabel(label)).toHaveAccessibleDescription(new RegExp(`^${label} must not contain`));
    for (const [other, kept] of Object.entries(typed)) {
      await expect(form.getByLabel(other)).toHaveValue(kept);
      if (other !== label) await expect(form.getByLabel(other)).not.toHaveAttribute('aria-invalid');
    }
  }
});

test('a phone that is added again gets a new password, and the old one works no more', async ({ ann, phone, server }) => {
  const old = await phone('tom', 'phone');
  await old.report(HARBOUR);
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'tom', Device: 'phone' });
  await form.getByRole('button', { name: 'Add the phone' }).click();
  const card = ann.getByRole('region', { name: 'tom: phone' });
  await card.getByText('Or type it in by hand').click();
  const password = await card.locator('dt:text-is("Password") + dd').first().innerText();
  expect(password).not.toBe(old.credentials.password);
  await old.close();
  await expect(old.connect()).rejects.toThrow();
  const anew = new Phone(server, { ...old.credentials, password });
  await anew.report(FARM);
  await anew.close();
  await visit(ann, '/');
  await expectAt(ann, 'tom', FARM);
});

test('a removed device can no longer report, and leaves the map', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/friends');
  const device = ann.getByRole('listitem').filter({ has: ann.getByText(new RegExp(`seen ${minutesAgo(0)}`)) }).last();
  await device.getByLabel('Remove phone').click();
  await ann.getByRole('button', { name: 'Remove phone' }).click();
  await expect(ann.getByText('Cannot sign in · no device yet')).toBeVisible();
  expect(await tom.post(FARM)).toBe(401);
  await tom.close();
  await expect(tom.connect()).rejects.toThrow();
});
