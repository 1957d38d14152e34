import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';
import { visit } from '../fixtures/visit.ts';

function messages(page: Page): Locator {
  return page.getByRole('region', { name: 'Messages' }).getByRole('listitem');
}

function form(page: Page): Locator {
  return page.getByRole('region', { name: 'Publish a message' });
}

test('messages come as they arrive, by topic and type, and pause', async ({ ann, phone }) => {
  const tom = await phone('tom');
  const eve = await phone('eve');
  await visit(ann, '/admin/console');
  await expect(ann.getByText('Live', { exact: true })).toBeVisible();
  await tom.report(HARBOUR);
  await expect(messages(ann)).toHaveCount(1);
  await expect(messages(ann)).toContainText('location · tom: phone');
  await messages(ann).locator('summary').click();
  await expect(messages(ann).locator('pre')).toContainText('"_type": "location"');

  await ann.getByRole('button', { name: 'Pause' }).click();
  await expect(ann.getByText('Paused')).toBeVisible();
  await eve.report(FARM);
  await eve.publish('{"_type":"lwt","tst":1700000000}');
  await expect(messages(ann)).toHaveCount(1);
  await ann.getByRole('button', { name: 'Pause' }).click();
  await expect(messages(ann)).toHaveCount(3);

  await ann.getByLabel('Topic').first().fill('owntracks/eve/#');
  await ann.getByLabel('Type').fill('lwt');
  await ann.getByRole('button', { name: 'Filter' }).click();
  await expect(messages(ann)).toHaveCount(1);
  await expect(ann.getByText('Live', { exact: true })).toBeVisible();
  await tom.report(FARM);
  await eve.publish('{"_type":"lwt","tst":1700000001}');
  await expect(messages(ann)).toHaveCount(2);
});

test('a message is published for a device of one’s own, signed, and seen on the map', async ({ ann, phone }) => {
  await (await phone('ann')).connect();
  await visit(ann, '/admin/console');
  await form(ann).getByLabel('Topic').fill('owntracks/ann/phone');
  await form(ann).getByLabel('Payload').fill(JSON.stringify({ _type: 'location', acc: 10, tst: Math.floor(Date.now() / 1000), ...HARBOUR }));
  await form(ann).getByRole('button', { name: 'Publish' }).click();
  await expect(ann.getByText('Published: published by ann: location')).toBeVisible();
  await expect(messages(ann).first()).toContainText('published by ann: location');
  await visit(ann, '/');
  await expectAt(ann, 'ann', HARBOUR);
});

test('what may not be published is said beside its field, and what was typed stays', async ({ ann, guard, phone }) => {
  guard.allow(/status of 422/);
  await (await phone('tom')).connect();
  await visit(ann, '/admin/console');
  const topic = form(ann).getByLabel('Topic');
  for (const [typed, complaint] of [
    ['owntracks/+', /^Topic must have no wildcard/],
    ['owntracks/tom/phone', /^Topic is where a phone reports that is not yours/],
  ] as const) {
    await topic.fill(typed);
    await form(ann).getByLabel('Payload').fill('x');
    await form(ann).getByRole('button', { name: 'Publish' }).click();
    await expect(topic).toHaveAccessibleDescription(complaint);
    await expect(topic).toHaveValue(typed);
  }
  await expect(messages(ann).first()).toContainText('published by ann: refused');
});
