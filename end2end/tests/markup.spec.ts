import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { map, marker } from '../fixtures/map.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { drawRegion, row, visit } from '../fixtures/visit.ts';

// What a phone can say and somebody can name, each a try to become an element or a script of the page.
const IMAGE = '<img src=x onerror=window.intruder=1>';
const SCRIPT = '"><script>window.intruder=1</script>';
const TITLE = '</title><svg onload=window.intruder=1>';
const LINK = '<a href="javascript:window.intruder=1">x</a>';
const ALL = [IMAGE, SCRIPT, TITLE, LINK];

/** Nothing was made of any text, and nothing ran. What the policy refuses is a complaint, and the guard fails for it. */
async function expectNobodyGotIn(page: Page): Promise<void> {
  expect(await page.evaluate(() => 'intruder' in window)).toBe(false);
  const made = 'img[src="x"], svg[onload], [onerror], [onload], a[href^="javascript"], title ~ svg, script:not([src]):not([nonce]):not([type])';
  await expect(page.locator(made)).toHaveCount(0);
}

test('markup in everything that a phone can say stays text on every page, and in the bubbles of the map', async ({ ann, phone }) => {
  for (const [number, name] of ALL.entries()) await drawRegion(ann, name, { lat: HARBOUR.lat, lon: HARBOUR.lon + number * 0.01 });
  const friend = await phone(IMAGE, LINK.replace('/', ''));
  await friend.publish(JSON.stringify({ _type: 'card', name: TITLE, face: 'PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+' }), '/info');
  await friend.report({ ...FARM, minutesAgo: 12 });
  await arrive(friend, HARBOUR, 4);
  const tst = Math.floor(Date.now() / 1000);
  for (const text of ALL) {
    const at = { lat: FARM.lat, lon: FARM.lon, acc: 10, tst };
    await friend.publish(JSON.stringify({ _type: 'transition', event: 'enter', desc: text, t: 'c', tid: '<b', wtst: 1, ...at }), '/event');
    await friend.publish(JSON.stringify({ _type: 'waypoint', desc: text, lat: FARM.lat, lon: FARM.lon, rad: 100, tst }), '/waypoint');
    await friend.publish(JSON.stringify({ _type: text, x: text }));
    await friend.publish(text, `/${text}`);
  }
  await visit(ann, '/');
  await expect(row(ann, TITLE)).toContainText(TITLE);
  await marker(ann, TITLE).click();
  await expect(ann.getByRole('region', { name: TITLE })).toBeVisible();
  await expectNobodyGotIn(ann);

  await visit(ann, '/friends');
  const links = await ann.locator('main a[href^="/friends/"]').evaluateAll((found) => found.map((link) => link.getAttribute('href') ?? ''));
  const pages = ['/', '/history', '/history/time', '/history/presence', '/regions', '/friends', '/sensors', '/settings', '/privacy'];
  for (const path of new Set([...pages, '/admin', '/admin/broker', '/admin/console', '/admin/outlets', ...links])) {
    await test.step(path, async () => {
      await visit(ann, path);
      await expect(ann.locator('main')).toBeVisible();
      await expectNobodyGotIn(ann);
    });
  }
  await visit(ann, '/regions');
  await expect(map(ann).locator('[data-region]')).toHaveCount(ALL.length);
  await expectNobodyGotIn(ann);
});
