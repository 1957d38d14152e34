import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt, map, marker, regionLabel } from '../fixtures/map.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { drawRegion, entry, regionItem, row, visit } from '../fixtures/visit.ts';

const GARBAGE: [string, Buffer][] = [
  ['truncated JSON', Buffer.from('{"_type":"location","lat":47.3,')],
  ['no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x22, 0xc3, 0x28, 0x7d])],
  ['NUL bytes', Buffer.alloc(12)],
  ['NUL in a text', Buffer.from('{"_type":"location","tid":"\\u0000","lat":1,"lon":\u0000 2}')],
  ['no object', Buffer.from('[[[[[]]]]]')],
  ['a place off the globe', Buffer.from('{"_type":"location","lat":91.5,"lon":8,"tst":1760000000}')],
  ['no number', Buffer.from('{"_type":"location","lat":"north","lon":8,"tst":1760000000}')],
  ['deep nesting', Buffer.from('['.repeat(20_000))],
];

test('garbage from a phone is kept, counted and explained, and the page stays alive', async ({ ann, phone }) => {
  const tom = await phone('tom');
  for (const [what, payload] of GARBAGE) await test.step(what, () => tom.publish(payload));
  await visit(ann, '/admin?only=trouble');
  const messages = ann.getByRole('region', { name: 'Message log' }).getByRole('listitem');
  await expect(messages).toHaveCount(GARBAGE.length);
  for (const message of await messages.all()) {
    await expect(message.locator('.verdict')).toHaveText(/\S+: \S+/);
    await expect(message.locator('.topic')).toHaveText('owntracks/tom/phone');
  }
  await messages.last().locator('summary').click();
  await expect(messages.last().getByText('{"_type":"location","lat":47.3,')).toBeVisible();
  await expect(row(ann, 'tom')).toHaveCount(0);

  await visit(ann, '/');
  await expect(row(ann, 'tom')).toContainText('Not on the map yet');
  await tom.report(HARBOUR);
  await expectAt(ann, 'tom', HARBOUR);
  await visit(ann, '/admin');
  await expect(messages).toHaveCount(GARBAGE.length + 1);
  await ann.getByRole('link', { name: 'Only trouble' }).click();
  await expect(messages).toHaveCount(GARBAGE.length);
});

const EVIL = '<img src=x onerror=window.intruder=1>';
const WORSE = '"><script>window.intruder=1</script>';

/** Nobody got in: no element was made of the text, and nothing ran. */
async function expectOnlyText(page: Page): Promise<void> {
  await expect(page.locator('img')).toHaveCount(0);
  expect(await page.evaluate(() => 'intruder' in window)).toBe(false);
}

test('markup in names and messages is shown as text everywhere', async ({ ann, phone }) => {
  await drawRegion(ann, EVIL, HARBOUR);
  await drawRegion(ann, WORSE, FARM, 200);
  await expect(regionItem(ann, EVIL)).toBeVisible();
  await expect(regionItem(ann, WORSE)).toBeVisible();
  await expect(regionLabel(ann, EVIL)).toBeAttached();
  await expectOnlyText(ann);

  const friend = await phone(EVIL, 'phone');
  await friend.report({ ...FARM, minutesAgo: 12 });
  await arrive(friend, HARBOUR, 4);
  await friend.publish(
    JSON.stringify({ _type: 'transition', event: 'enter', desc: WORSE, lat: FARM.lat, lon: FARM.lon, acc: 10, t: 'c', tid: '<b', tst: Math.floor(Date.now() / 1000), wtst: 1 }),
    '/event',
  );
  await friend.publish(`{"_type":"${WORSE.replaceAll('"', '\\"')}","x":"${EVIL}"}`);
  await friend.publish(EVIL);
  await friend.publish(JSON.stringify({ _type: 'card', name: EVIL, face: 'PHNjcmlwdD4=' }), '/info');

  await visit(ann, '/');
  await expect(marker(ann, EVIL)).toBeVisible();
  await expect(row(ann, EVIL)).toContainText(EVIL);
  await marker(ann, EVIL).click();
  await expect(ann.getByRole('region', { name: EVIL })).toBeVisible();
  await expectOnlyText(ann);
  await ann.reload();
  await expect(ann.getByRole('region', { name: EVIL })).toBeVisible();
  await expectOnlyText(ann);

  await visit(ann, '/history');
  await expect(entry(ann, `arrived at ${EVIL}`)).not.toHaveCount(0);
  await expectOnlyText(ann);
  await visit(ann, '/regions');
  await expect(map(ann).locator('[data-region]')).toHaveCount(2);
  await expectOnlyText(ann);
  await visit(ann, '/friends');
  await expect(ann.getByRole('heading', { name: EVIL })).toBeVisible();
  await expectOnlyText(ann);
  await visit(ann, '/admin');
  const messages = ann.getByRole('region', { name: 'Message log' }).getByRole('listitem');
  await expect(messages.first()).toBeVisible();
  for (const message of await messages.all()) await message.locator('summary').click();
  await expect(ann.getByText(EVIL, { exact: true }).first()).toBeVisible();
  await expectOnlyText(ann);
});
