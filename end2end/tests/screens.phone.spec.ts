import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt, map, marker } from '../fixtures/map.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { drawRegion, fillIn, row, saveRegion, visit } from '../fixtures/visit.ts';

test('on a phone the sheet is pulled up and put down by its button, and the map shows behind it', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);
  await expect(row(ann, 'tom')).toBeInViewport();
  await expect(marker(ann, 'tom')).toBeInViewport();
  const height = () => ann.locator('.sheet').evaluate((sheet) => sheet.getBoundingClientRect().height);
  const handle = (name: string) => ann.getByRole('button', { name, exact: true });

  const half = await height();
  await handle('Show more of the friends').tap();
  await expect.poll(height).toBeGreaterThan(half * 1.5);
  await handle('Show the map').tap();
  await expect.poll(height).toBeLessThan(half / 2);
  // The face is not covered now, so that it can be tapped.
  await expect(marker(ann, 'tom')).toBeInViewport();
  await handle('Show the friends').tap();
  await expect.poll(height).toBe(half);
});

test('on a phone a tap on a face or a line opens the friend', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, batt: 77 });
  await visit(ann, '/');
  const card = ann.getByRole('region', { name: 'tom' });
  await marker(ann, 'tom').tap();
  await expect(card).toBeInViewport();
  await card.getByRole('link', { name: 'Close' }).tap();
  await expect(card).toHaveCount(0);
  await row(ann, 'tom').tap();
  await expect(card).toContainText('77 %');
  await ann.getByRole('button', { name: 'Show all friends' }).tap();
  await expect(marker(ann, 'tom')).toBeInViewport();
});

test('on a phone no page scrolls sideways, and what is tapped is large enough', async ({ ann, phone, visitor }) => {
  await drawRegion(ann, 'A region with quite a long name, as long as one may be, nearly', HARBOUR);
  const tom = await phone('tom-with-a-long-name-and-no-blanks-in-it-at-all-as-some-people');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await arrive(tom, HARBOUR, 9);
  await tom.publish('{"_type":"location","lat":'.padEnd(400, '1234567890'));
  for (const path of ['/', '/?friend=tom-with-a-long-name-and-no-blanks-in-it-at-all-as-some-people', '/regions', '/regions?new', '/history', '/history/time', '/history/presence', '/friends', '/friends/tom-with-a-long-name-and-no-blanks-in-it-at-all-as-some-people/phone', '/privacy', '/privacy?change=group', '/settings', '/alerts', '/alerts?new', '/admin', '/admin/broker', '/admin/console', '/admin/outlets?new', '/sensors?new', '/messages', '/messages?places', '/messages?new&to=around']) {
    await visit(ann, path);
    for (const details of await ann.locator('main details > summary').all()) await details.evaluate((summary) => (summary.parentElement as HTMLDetailsElement).open = true);
    expect.soft(await tooWide(ann), path).toEqual([]);
    expect.soft(await tooSmall(ann), path).toEqual([]);
  }
  const stranger = await visitor();
  for (const path of ['/sign-in', '/set-up?token=x']) {
    await stranger.goto(path);
    expect.soft(await tooWide(stranger), path).toEqual([]);
  }
});

test('on a phone a region is drawn with the form, and all pages are in reach of the thumb', async ({ ann }) => {
  await visit(ann, '/');
  await ann.getByRole('link', { name: 'Regions' }).tap();
  await ann.getByRole('link', { name: 'New region' }).tap();
  await fillIn(ann, { Name: 'Home' });
  await map(ann).tap();
  await expect(ann.getByLabel('Latitude')).toHaveValue(/\d/);
  await saveRegion(ann, { Latitude: '47.3667', Longitude: '8.55' });
  await expect(ann.getByRole('heading', { name: 'Home' })).toBeVisible();
  const bar = await ann.getByRole('navigation', { name: 'Pages' }).boundingBox();
  expect(bar!.y + bar!.height).toBe(ann.viewportSize()!.height);
});

/** What sticks out of the page, or makes a part of it scroll sideways. A table of figures may, in a frame of its own. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const wide = [...document.querySelectorAll('html, body, main, .column, .sheet-body, .split-panel')].filter(
      (element) => element.scrollWidth > element.clientWidth + 1,
    );
    const out = [...document.querySelectorAll('main *')].filter((element) => {
      const { right, width } = element.getBoundingClientRect();
      return width > 0 && right > innerWidth + 1 && !element.closest('.map, .visually-hidden, pre, .log, .observations');
    });
    return [...wide, ...out].map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
  });
}

/** Buttons and lines to tap that are hard to hit: WCAG 2.2 wants 24 px, thumbs want more. */
async function tooSmall(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, a.button, nav a, .row, summary, input:not([type=hidden]), select')]
      .filter((element) => element.checkVisibility() && !element.closest('label.choice, .leaflet-control-attribution'))
      .map((element) => ({ element, box: element.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && (box.height < 32 || box.width < 32))
      .map(({ element, box }) => `${element.tagName.toLowerCase()} ${element.textContent?.trim() || element.getAttribute('aria-label')}: ${box.width} × ${box.height}`),
  );
}
