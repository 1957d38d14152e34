import { expect, test } from '../fixtures/app.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';

test('without script the console is filtered, and a message is published', async ({ ann, phone }) => {
  const tom = await phone('tom');
  const eve = await phone('eve');
  await tom.report(HARBOUR);
  await eve.report(FARM);
  await ann.goto('/admin/console');
  const messages = ann.getByRole('region', { name: 'Messages' }).getByRole('listitem');
  await expect(messages).toHaveCount(2);
  await ann.getByLabel('Topic').first().fill('owntracks/eve/+');
  await ann.getByRole('button', { name: 'Filter' }).click();
  await expect(messages).toHaveCount(1);
  await ann.getByLabel('Topic').first().fill('owntracks/eve#');
  await ann.getByRole('button', { name: 'Filter' }).click();
  await expect(ann.getByLabel('Topic').first()).toHaveAccessibleDescription(/Topic may have \+ only as a whole level/);

  await ann.goto('/admin/console?topic=owntracks/test&type=');
  const form = ann.getByRole('region', { name: 'Publish a message' });
  await form.getByLabel('Topic').fill('owntracks/test');
  await form.getByLabel('Payload').fill('hello world');
  await form.getByRole('button', { name: 'Publish' }).click();
  await expect(ann.getByText('Published: see the list')).toBeVisible();
  await expect(messages).toHaveCount(1);
  await expect(messages).toContainText('published by ann: kept');
  await form.getByLabel('Topic').fill('owntracks/tom/phone');
  await form.getByLabel('Payload').fill('{}');
  await form.getByRole('button', { name: 'Publish' }).click();
  await expect(form.getByLabel('Topic')).toHaveAccessibleDescription(/^Topic is where a phone reports/);
  // An address is remembered, so what was to be said does not come back in one.
  await expect(form.getByLabel('Payload')).toHaveValue('');
  expect(ann.url()).not.toContain('%7B');
});

test('without script a connection is seen and ended', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await ann.goto('/admin/broker');
  const connections = ann.getByRole('region', { name: 'Connections' }).getByRole('listitem');
  await expect(connections).toContainText('tom: phone');
  await connections.getByText('End', { exact: true }).click();
  await connections.getByRole('button', { name: 'End it' }).click();
  await expect(ann).toHaveURL('/admin/broker?ended');
  await expect(connections).toHaveCount(0);
});

test('without script the self-test says what is wrong and what to do', async ({ ann }) => {
  await ann.goto('/admin/self-test');
  const found = ann.getByRole('list', { name: 'What was looked at' }).getByRole('listitem');
  await expect(found.filter({ hasText: 'it answers, and refuses strangers' })).toHaveCount(1);
  await ann.getByRole('link', { name: 'Run again' }).click();
  await expect(found.filter({ hasText: 'Set --public-url' })).toContainText('bad');
});
