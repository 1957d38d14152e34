import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { map, regionLabel } from '../fixtures/map.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { drawRegion, fillIn, regionItem, visit } from '../fixtures/visit.ts';

const MIDDLE = { Latitude: '47.366700', Longitude: '8.550000', Radius: '150' };

/** A handle on the map. */
function grip(page: Page, name: string | RegExp): Locator {
  return map(page).getByRole('button', { name });
}

function edge(page: Page): Locator {
  return map(page).getByRole('slider', { name: 'Edge' });
}

function tool(page: Page, name: string): Locator {
  return page.getByRole('group', { name: 'Drawing' }).getByRole('button', { name });
}

/** Opens the form of a new region with a circle at the harbour, seen from near. */
async function startCircle(page: Page): Promise<void> {
  await visit(page, '/regions?new');
  await fillIn(page, MIDDLE);
  await expect(edge(page)).toHaveAttribute('aria-valuenow', '150');
  await tool(page, 'Show the whole region').click();
}

/** Opens the form of a new region and clicks four corners. */
async function startPolygon(page: Page): Promise<void> {
  await startCircle(page);
  await page.getByRole('radio', { name: 'Polygon' }).check();
  await page.getByLabel('Corners').fill('');
  for (const [x, y] of [
    [200, 200],
    [500, 200],
    [500, 450],
    [200, 450],
  ] as const) {
    await map(page).click({ position: { x, y } });
  }
  await expect(grip(page, /^Corner 4/)).toBeVisible();
}

/** Pulls a handle by so many pixels. */
async function pull(page: Page, handle: Locator, right: number, down: number): Promise<void> {
  const box = await handle.boundingBox();
  if (!box) throw new Error('the handle is not to be seen');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + right / 2, y + down / 2, { steps: 4 });
  await page.mouse.move(x + right, y + down, { steps: 4 });
  await page.mouse.up();
}

function corners(page: Page): Promise<string[]> {
  return page.getByLabel('Corners').inputValue().then((text) => text.split('\n').filter(Boolean));
}

async function radius(page: Page): Promise<number> {
  return Number(await page.getByLabel('Radius').inputValue());
}

test('the handles of a circle type into the form, and what is typed moves the handles', async ({ ann }) => {
  await startCircle(ann);
  await pull(ann, edge(ann), 120, 0);
  await expect.poll(() => radius(ann)).toBeGreaterThan(150);
  const wider = await radius(ann);
  await expect(edge(ann)).toHaveAttribute('aria-valuenow', `${wider}`);
  await expect(edge(ann)).toHaveAttribute('aria-valuetext', new RegExp(`^${wider}.m, \\d+ minutes' walk$`));
  await expect(ann.getByLabel('Latitude')).toHaveValue(MIDDLE.Latitude);

  await pull(ann, grip(ann, /^Middle/), 60, -60);
  await expect(ann.getByLabel('Latitude')).not.toHaveValue(MIDDLE.Latitude);
  await expect.poll(() => radius(ann)).toBe(wider);

  await fillIn(ann, { Radius: '80' });
  await expect(edge(ann)).toHaveAttribute('aria-valuetext', /^80.m, 1 minute's walk$/);
  await expect(ann.getByText('Phones are not that exact')).toBeVisible();
});

test('a circle is drawn by the keyboard alone', async ({ ann }) => {
  await visit(ann, '/regions?new');
  await map(ann).focus();
  await ann.keyboard.press('Enter');
  await expect(grip(ann, /^Middle/)).toBeFocused();
  await fillIn(ann, MIDDLE);
  await edge(ann).focus();
  await ann.keyboard.press('ArrowUp');
  await ann.keyboard.press('Shift+ArrowRight');
  await ann.keyboard.press('ArrowDown');
  await expect(edge(ann)).toHaveAttribute('aria-valuenow', '160');
  await expect(ann.getByLabel('Radius')).toHaveValue('160');
  await grip(ann, /^Middle/).focus();
  await ann.keyboard.press('Shift+ArrowUp');
  await expect(ann.getByLabel('Latitude')).toHaveValue('47.366790');
  await ann.keyboard.press('Control+z');
  await expect(ann.getByLabel('Latitude')).toHaveValue(MIDDLE.Latitude);
  await expect(ann.getByRole('status').filter({ hasText: 'Taken back' })).toContainText('160');
  await ann.keyboard.press('Control+z');
  await expect(ann.getByLabel('Radius')).toHaveValue('150');
  await ann.keyboard.press('Control+Shift+Z');
  await expect(ann.getByLabel('Radius')).toHaveValue('160');
});

test('a polygon is clicked together, pulled, given and relieved of corners, saved, and drawn as it was', async ({ ann }) => {
  await startPolygon(ann);
  await expect.poll(() => corners(ann)).toHaveLength(4);

  await pull(ann, grip(ann, 'New corner between 1 and 2'), 0, -60);
  await expect(grip(ann, /^Corner 5/)).toBeVisible();
  await expect(grip(ann, /^Corner 2/)).toBeFocused();
  await expect.poll(() => corners(ann)).toHaveLength(5);

  await grip(ann, 'New corner between 4 and 5').focus();
  await ann.keyboard.press('Enter');
  await expect(grip(ann, /^Corner 5/)).toBeFocused();
  await ann.keyboard.press('Delete');
  await tool(ann, 'Remove corner 4').click();
  await expect(grip(ann, /^Corner 5/)).toHaveCount(0);
  await expect.poll(() => corners(ann)).toHaveLength(4);
  const drawn = await corners(ann);

  const before = await grip(ann, /^Corner 1/).getAttribute('data-lat');
  await pull(ann, grip(ann, 'The whole region'), 40, 40);
  await expect(grip(ann, /^Corner 1/)).not.toHaveAttribute('data-lat', before ?? '');
  await tool(ann, 'Undo').click();
  await expect.poll(() => corners(ann)).toEqual(drawn);

  await fillIn(ann, { Name: 'Park' });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(regionItem(ann, 'Park')).toBeVisible();
  await expect(grip(ann, /^Corner/)).toHaveCount(0);
  await ann.getByRole('link', { name: 'Edit Park' }).click();
  await expect(grip(ann, /^Corner 4/)).toBeVisible();
  await expect.poll(() => corners(ann)).toEqual(drawn);
});

test('corners that make no region say what is missing', async ({ ann }) => {
  await visit(ann, '/regions?new');
  await ann.getByRole('radio', { name: 'Polygon' }).check();
  const typed = async (text: string, words: string) => {
    await ann.getByLabel('Corners').fill(text);
    await expect(ann.getByText(words)).toBeVisible();
  };
  await expect(ann.getByText('Click where the corners are')).toBeVisible();
  await typed('47, 8', '2 more corners are needed.');
  await typed('47, 8\n47.1, 8.1\n47, 8.1\n47.2, 8', 'The edge crosses itself.');
  await typed('47, 8\n47, 8.001\n47.001, 8.001', '3 corners');
});

test('a circle stays a circle, and becomes a polygon only when asked', async ({ ann }) => {
  await startCircle(ann);
  await ann.getByRole('radio', { name: 'Polygon' }).check();
  await expect(grip(ann, /^Corner 6/)).toBeVisible();
  await ann.getByRole('radio', { name: 'Circle' }).check();
  await expect(edge(ann)).toHaveAttribute('aria-valuenow', '150');
  await fillIn(ann, { Name: 'Home' });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(regionItem(ann, 'Home')).toContainText('Circle, 150 m around the middle');
});

test('from here is where the browser is', async ({ ann }) => {
  await ann.context().grantPermissions(['geolocation']);
  await ann.context().setGeolocation({ latitude: FARM.lat, longitude: FARM.lon, accuracy: 12 });
  await visit(ann, '/regions?new');
  await tool(ann, 'From here').click();
  await expect(ann.getByText('This device is here, give or take 12 m.')).toBeVisible();
  await expect(ann.getByLabel('Latitude')).toHaveValue('47.420000');
  await expect(grip(ann, /^Middle/)).toBeVisible();
});

test('a browser that may not tell where it is says so in words, and the form stays as it was', async ({ ann }) => {
  // Without a window nobody can be asked for leave, nor refuse it: this is what a refusal looks like to a page.
  await ann.addInitScript(() => {
    navigator.geolocation.getCurrentPosition = (_found, refused) => refused?.({ code: 1, message: '' } as GeolocationPositionError);
  });
  await visit(ann, '/regions?new');
  await tool(ann, 'From here').click();
  await expect(ann.getByRole('status').filter({ hasText: 'This browser does not tell where it is. Allow it, and use HTTPS.' })).toBeVisible();
  await expect(ann.getByLabel('Latitude')).toHaveValue('');
  await expect(grip(ann, /^Middle/)).toHaveCount(0);
});

test('a region wears its colour and its sign while it is drawn, and on the map', async ({ ann }) => {
  await startCircle(ann);
  await ann.getByRole('group', { name: 'Colour' }).getByRole('radio', { name: 'violet' }).check();
  await expect(map(ann).locator('path.region-draft.region-violet')).toHaveCount(1);
  await ann.getByRole('group', { name: 'Sign' }).getByRole('radio', { name: 'home' }).check();
  await fillIn(ann, { Name: 'Home' });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(regionItem(ann, 'Home')).toBeVisible();
  await visit(ann, '/');
  await expect(map(ann).locator('path.region.region-violet')).toHaveCount(1);
  await expect(regionLabel(ann, 'Home')).toHaveCount(1);
  await expect(map(ann).getByRole('tooltip').locator('svg')).toHaveCount(1);
});

test('what a region would have said so far is told while it is drawn', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await arrive(tom, FARM, 90);
  await arrive(tom, HARBOUR, 60);
  await arrive(tom, FARM, 30);
  await startCircle(ann);
  const strip = ann.getByRole('region', { name: 'What it would have said' });
  await expect(strip).toContainText('Last 30 days: 1 visit, none doubtful.');
  await expect(strip.getByRole('listitem')).toHaveText('tom');
  await expect(strip.getByRole('img', { name: '1 visit' })).toBeVisible();
  // Another place, judged in the browser on what it has.
  await fillIn(ann, { Latitude: '47.3800' });
  await expect(strip).toContainText('Last 30 days: nobody was here.');
  await expect(strip.getByRole('status')).toContainText('nobody was here');
  // A year of one friend, judged by the server; and back again.
  await fillIn(ann, { Latitude: MIDDLE.Latitude });
  const past = strip.getByRole('combobox', { name: 'Looking back on' });
  await past.selectOption({ label: 'A year of tom' });
  await expect(strip).toContainText('A year of tom: 1 visit, none doubtful.');
  await expect(strip.getByRole('img', { name: '1 visit' })).toBeVisible();
  await fillIn(ann, { Latitude: '47.3800' });
  await expect(strip).toContainText('A year of tom: nobody was here.');
  await past.selectOption({ label: '30 days of everybody' });
  await fillIn(ann, { Latitude: MIDDLE.Latitude });
  await expect(strip).toContainText('Last 30 days: 1 visit, none doubtful.');
});

test('what to beware of is said beside the fields while one types and pulls', async ({ ann, phone }) => {
  const tom = await phone('tom');
  for (const minutesAgo of [60, 50, 40, 30, 20, 10]) await tom.report({ ...HARBOUR, minutesAgo, acc: 130 });
  await drawRegion(ann, 'Shop', { lat: HARBOUR.lat, lon: HARBOUR.lon + 0.003 }, 150);
  await startCircle(ann);
  const told = ann.getByRole('region', { name: 'New region' }).getByRole('status');
  await expect(told).toContainText('It overlaps Shop');
  await expect(told).not.toContainText('Phones are not that exact');
  await fillIn(ann, { Radius: '60' });
  await expect(told).toContainText('Phones are not that exact');
  await expect(told).toContainText('Positions here are usually exact to 130');
  await expect(told).not.toContainText('It overlaps');
  // By the handle, too.
  await edge(ann).focus();
  await ann.keyboard.press('PageUp');
  await expect(ann.getByLabel('Radius')).toHaveValue('160');
  await expect(told).toContainText('It overlaps Shop');
  await expect(told).not.toContainText('Phones are not that exact');
});

test('a sign and a colour are chosen with the keyboard among swatches that a finger can hit', async ({ ann }) => {
  await startCircle(ann);
  const colours = ann.getByRole('group', { name: 'Colour' });
  await colours.getByRole('radio', { name: 'blue' }).focus();
  await ann.keyboard.press('ArrowRight');
  await expect(colours.getByRole('radio', { name: 'teal' })).toBeChecked();
  await expect(map(ann).locator('path.region-draft.region-teal')).toHaveCount(1);
  for (const swatch of await ann.locator('.swatch').all()) {
    const box = await swatch.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
});

test.describe('in Zurich', () => {
  test.use({ timezoneId: 'Europe/Zurich' });

  test('the hours of a region are by the clocks of this browser, unless somebody says otherwise', async ({ ann }) => {
    await startCircle(ann);
    await ann.getByText('Only at certain hours').click();
    await expect(ann.getByLabel('Time zone')).toHaveValue('Europe/Zurich');
    await fillIn(ann, { Name: 'Home', Hours: 'Mon-Fri 07:00-18:00', 'Time zone': 'Asia/Kolkata' });
    await ann.getByRole('button', { name: 'Save' }).click();
    await ann.getByRole('link', { name: 'Edit Home' }).click();
    await expect(ann.getByLabel('Time zone')).toHaveValue('Asia/Kolkata');
  });
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the editor has no serious barrier for anybody, ${colorScheme}`, async ({ ann, guard }) => {
    // What looks for barriers brings styles along.
    guard.allow(/Applying inline style/);
    await ann.emulateMedia({ colorScheme });
    await startPolygon(ann);
    const { violations } = await new AxeBuilder({ page: ann }).setLegacyMode(true).analyze();
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)).toEqual([]);
  });
}
