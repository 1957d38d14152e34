import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { mapRoof, saveSensor, visit } from '../fixtures/visit.ts';

/** The rows below the heads of the columns. */
function rows(page: Page): Locator {
  return page.getByRole('table', { name: 'Roof, newest first' }).locator('tbody').getByRole('row');
}

/** A moment to the second, as a station sends it. */
function at(secondsAgo: number): string {
  return `${new Date(Date.now() - secondsAgo * 1000).toISOString().slice(0, 19)}Z`;
}

test('an admin maps a topic, and what is published there is in the table at once', async ({ ann, phone }) => {
  await visit(ann, '/admin');
  await ann.getByRole('link', { name: 'Topics that are not a phone\'s' }).click();
  await expect(ann.getByRole('heading', { level: 1, name: 'Sensors' })).toBeVisible();
  await expect(ann.getByText('No sensors yet')).toBeVisible();
  await ann.getByRole('link', { name: 'New sensor' }).click();
  await saveSensor(ann, { Name: 'Roof', Topic: 'weather/+/roof', Values: 'Temperature; °C\nHumidity; %' });
  await expect(ann.getByText('The sensor is saved.')).toBeVisible();
  await expect(ann.getByRole('listitem').filter({ hasText: 'weather/+/roof' })).toContainText('Nothing observed yet');

  await visit(ann, '/sensors');
  const tom = await phone('tom');
  const [first, second] = [at(60), at(30)];
  await tom.say('weather/home/roof', `${first},21.5,40`);
  await expect(ann.getByRole('listitem').filter({ hasText: 'weather/+/roof' })).toContainText(/21\.5\s°C/);
  await ann.getByRole('link', { name: 'Roof', exact: true }).click();
  await expect(ann).toHaveTitle('Roof · Whereabouts');
  await expect(rows(ann)).toHaveText([/21\.5\s°C\s*40\s%/]);
  await tom.say('weather/home/roof', `${second},22,41`);
  await expect(rows(ann)).toHaveText([/22\s°C\s*41\s%/, /21\.5\s°C\s*40\s%/]);
  // The same time again replaces.
  await tom.say('weather/home/roof', `${first},-3,99`);
  await expect(rows(ann)).toHaveText([/22\s°C\s*41\s%/, /-3\s°C\s*99\s%/]);
  await expect(ann.getByRole('columnheader')).toHaveText(['Time', 'Temperature', 'Humidity']);
});

test('another number of values is refused, and the message log says why', async ({ ann, phone }) => {
  await mapRoof(ann);
  const tom = await phone('tom');
  await tom.say('weather/roof', `${at(9)},21.5,40`);
  await tom.say('weather/roof', `${at(5)},21.5`);
  await visit(ann, '/sensors/Roof');
  await expect(rows(ann)).toHaveCount(1);
  await visit(ann, '/admin?only=trouble');
  const messages = ann.getByRole('region', { name: 'Message log' }).getByRole('listitem');
  await expect(messages).toHaveCount(1);
  await expect(messages.locator('.verdict')).toHaveText('refused: no observation: the number of values is 1 instead of 2');
  await expect(messages.locator('.topic')).toHaveText('weather/roof');
});

test('a public table is seen and kept up to date without signing in, and nothing else is', async ({ ann, phone, visitor }) => {
  await mapRoof(ann);
  const zebulon = await phone('zebulon');
  await zebulon.say('weather/roof', `${at(60)},21.5,40`);
  const stranger = await visitor();
  await stranger.goto('/sensors/Roof');
  await expect(stranger).toHaveURL(/\/sign-in\?next=/);

  await ann.getByRole('link', { name: 'Edit Roof' }).click();
  await expect(ann.getByLabel('Values')).toHaveValue('Temperature; °C\nHumidity; %');
  await ann.getByLabel('Everybody may see it').check();
  await saveSensor(ann, {});
  await expect(ann.getByRole('listitem').filter({ hasText: 'weather/roof' })).toContainText('public');

  await stranger.goto('/sensors/Roof');
  await expect(rows(stranger)).toHaveText([/21\.5\s°C\s*40\s%/]);
  await expect(stranger.getByRole('navigation', { name: 'Pages' })).toHaveCount(0);
  expect(await stranger.content()).not.toMatch(/weather\/roof|zebulon/);
  await zebulon.say('weather/roof', `${at(0)},19,50`);
  // Without a live line it is asked for every five seconds.
  await expect(rows(stranger)).toHaveCount(2, { timeout: 15_000 });
  for (const path of ['/sensors', '/', '/history']) {
    await stranger.goto(path);
    await expect(stranger).toHaveURL(/\/sign-in\?next=/);
  }
});

test('the table is reached by keyboard, and what is wrong in the form stands beside its field', async ({ ann, guard, phone }) => {
  // The browser itself reports an answer of 4xx.
  guard.allow(/status of 422/);
  await visit(ann, '/sensors?new');
  await saveSensor(ann, { Name: 'Roof', Topic: 'weather/#/roof', Values: 'Temperature' });
  await expect(ann.getByLabel('Topic')).toHaveAttribute('aria-invalid', 'true');
  await expect(ann.getByLabel('Topic')).toHaveAccessibleDescription(/^Topic may have \+ only as a whole level/);
  await expect(ann.getByLabel('Values')).toHaveValue('Temperature');
  await saveSensor(ann, { Topic: 'weather/roof' });
  await expect(ann.getByText('The sensor is saved.')).toBeVisible();
  const tom = await phone('tom');
  await tom.say('weather/roof', `${at(9)},21.5`);
  await visit(ann, '/sensors/Roof');
  const table = ann.getByRole('region', { name: 'Observations of Roof' });
  await expect(table).toBeVisible();
  await ann.getByRole('main').focus();
  await ann.keyboard.press('Tab');
  await expect(table).toBeFocused();
});
