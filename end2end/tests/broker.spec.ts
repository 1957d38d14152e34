import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { visit } from '../fixtures/visit.ts';

function connections(page: Page): Locator {
  return page.getByRole('region', { name: 'Connections' }).getByRole('listitem');
}

test('a phone that connects is listed by itself, and its connection is ended with two taps', async ({ ann, phone }) => {
  await visit(ann, '/admin');
  await ann.getByRole('link', { name: 'Broker', exact: true }).click();
  await expect(ann.getByRole('heading', { level: 1, name: 'Broker' })).toBeVisible();
  await expect(ann.getByText('Nobody is connected')).toBeVisible();
  const tom = await phone('tom');
  await tom.listen();
  await tom.report(HARBOUR);
  await expect(connections(ann)).toHaveCount(1);
  await expect(connections(ann)).toContainText('tom: phone');
  await expect(connections(ann)).toContainText('owntracks/tom/phone/cmd (QoS 1)');
  await expect(connections(ann)).toContainText('in: PUBLISH');
  await expect(ann.getByText('1 connected, 0 kept for an absent client')).toBeVisible();

  await connections(ann).getByText('End', { exact: true }).click();
  await connections(ann).getByRole('button', { name: 'End it' }).click();
  await expect(ann.getByText('Ended. The client may come back by itself.')).toBeVisible();
  await expect(connections(ann)).toHaveCount(0);
});

test('who may not publish there is told without a payload', async ({ ann, phone, server }) => {
  const tom = await phone('tom');
  Object.assign(tom.credentials, { topic: 'owntracks/eve/phone' });
  await tom.publish('a payload');
  await visit(ann, '/admin/broker');
  const refused = ann.getByRole('region', { name: 'Refused of late' }).getByRole('listitem');
  await expect(refused).toHaveCount(1);
  await expect(refused).toContainText('tom: publish refused, the topic is not below its own');
  await expect(refused).toContainText('owntracks/eve/phone');
  expect(await ann.content()).not.toContain('a payload');
  expect(server.log).not.toContain('a payload');
});
