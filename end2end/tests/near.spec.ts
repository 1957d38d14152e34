import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt, map, marker } from '../fixtures/map.ts';
import type { Point } from '../fixtures/phone.ts';
import { FARM, HARBOUR, STATION, arrive } from '../fixtures/places.ts';
import { drawRegion, fillIn, row, visit } from '../fixtures/visit.ts';

/** So many metres east of the harbour. */
function eastwards(metres: number): Point {
  return { lat: HARBOUR.lat, lon: HARBOUR.lon + metres / (111_195 * Math.cos((HARBOUR.lat * Math.PI) / 180)) };
}

function near(page: Page): Locator {
  return page.getByRole('region', { name: 'Near me' });
}

function around(page: Page): Locator {
  return near(page).getByRole('list', { name: /^Around me/ });
}

function showMe(page: Page): Locator {
  return page.getByRole('switch', { name: 'Show me by this browser' });
}

/** The browser of this page is there from now on, and may say so. */
async function be(page: Page, at: Point, accuracy = 20): Promise<void> {
  await page.context().grantPermissions(['geolocation']);
  await page.context().setGeolocation({ latitude: at.lat, longitude: at.lon, accuracy });
}

async function setRange(page: Page, metres: string): Promise<void> {
  const field = near(page).getByLabel('Range', { exact: true });
  if (!(await field.isVisible())) await near(page).getByText('How far around me').click();
  await field.fill(metres);
  await near(page).getByRole('button', { name: 'Set range' }).click();
}

test('a friend without a phone is on the map through the browser, after being told what is shared, and until they stop', async ({ ann, person, phone }) => {
  const ben = await person('ben', 'friend');
  await be(ben, HARBOUR);
  await visit(ann, '/');
  await visit(ben, '/');
  await expect(near(ben)).toContainText('You are not on the map');
  await expect(showMe(ben)).not.toBeChecked();
  await showMe(ben).click();
  const consent = ben.getByRole('region', { name: 'Show where this browser is?' });
  await expect(consent).toBeFocused();
  await expect(consent).toContainText('1 friend sees it, as exactly as you said.');
  await expect(consent.getByRole('link', { name: 'Who sees what of me' })).toHaveAttribute('href', '/privacy');
  await consent.getByRole('button', { name: 'Not now' }).click();
  await expect(consent).toHaveCount(0);
  await expect(showMe(ben)).not.toBeChecked();
  await showMe(ben).click();
  await consent.getByRole('button', { name: 'Show me' }).click();
  await expect(showMe(ben)).toBeChecked();
  await expect(ben.getByText(/^On since .* last sent just now$/)).toBeVisible();

  await expectAt(ann, 'ben', HARBOUR);
  await expect(marker(ann, 'ben')).toHaveAccessibleName(/, by browser$/);
  await expect(row(ann, 'ben')).toContainText('by browser');
  await row(ann, 'ben').click();
  await expect(ann.getByRole('region', { name: 'ben' })).toContainText(/browser, by browser, /);

  // Who moves on is not made to wait; on another page and after a reload it goes on.
  await be(ben, STATION);
  await expectAt(ann, 'ben', STATION);
  await ben.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name: 'History' }).click();
  await expect(ben.getByRole('link', { name: /^Map.*shown by this browser$/ })).toBeVisible();
  await be(ben, HARBOUR);
  await expectAt(ann, 'ben', HARBOUR);
  await visit(ben, '/');
  await expect(showMe(ben)).toBeChecked();
  await be(ben, FARM);
  await expectAt(ann, 'ben', FARM);

  await ben.getByRole('button', { name: 'Stop' }).click();
  await expect(showMe(ben)).not.toBeChecked();
  await expect(ben.getByText(/^On since/)).toHaveCount(0);
  await be(ben, HARBOUR);
  await visit(ben, '/');
  await expect(showMe(ben)).not.toBeChecked();
  // What comes after it has come means that nothing came from the browser.
  const eve = await phone('eve');
  await eve.report(STATION);
  await expectAt(ann, 'eve', STATION);
  await expectAt(ann, 'ben', FARM);

  // It was said once what is shared.
  await showMe(ben).click();
  await expect(showMe(ben)).toBeChecked();
  await expectAt(ann, 'ben', HARBOUR);
});

test('what is turned off on one page of a browser is off on the others, and somebody else who signs in there is not shown', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await be(ben, HARBOUR);
  await visit(ben, '/');
  await showMe(ben).click();
  await ben.getByRole('button', { name: 'Show me' }).click();
  await expect(showMe(ben)).toBeChecked();
  const second = await ben.context().newPage();
  await visit(second, '/');
  await expect(showMe(second)).toBeChecked();
  await showMe(second).click();
  await expect(showMe(second)).not.toBeChecked();
  await expect(showMe(ben)).not.toBeChecked();

  await visit(ann, '/');
  const annOn = await ann.evaluate(() => localStorage.getItem('shown-by-browser'));
  expect(annOn).toBeNull();
  // As ben's browser remembers it, and ann signs in.
  await showMe(ben).click();
  await expect(showMe(ben)).toBeChecked();
  const remembered = await ben.evaluate(() => localStorage.getItem('shown-by-browser'));
  await be(ann, STATION);
  await ann.evaluate((text) => localStorage.setItem('shown-by-browser', text!), remembered);
  await visit(ann, '/');
  await expectAt(ann, 'ben', HARBOUR);
  await expect(showMe(ann)).not.toBeChecked();
});

test('a browser that may not tell where it is says so in words, and what to do', async ({ ann }) => {
  // Without a window nobody can be asked for leave, nor refuse it: this is what a refusal looks like to a page.
  await ann.addInitScript(() => {
    navigator.geolocation.watchPosition = (_found, refused) => {
      refused?.({ code: 1, message: '' } as GeolocationPositionError);
      return 7;
    };
  });
  await visit(ann, '/');
  await showMe(ann).click();
  await ann.getByRole('button', { name: 'Show me' }).click();
  await expect(ann.getByRole('status').filter({ hasText: 'This browser may not tell where it is. Allow the location for this site' })).toBeVisible();
  await expect(showMe(ann)).not.toBeChecked();
  await visit(ann, '/');
  await expect(showMe(ann)).not.toBeChecked();
  await expect(near(ann)).toContainText('You are not on the map');
});

test('a browser that does not know where it is goes on trying, and says so', async ({ ann }) => {
  await ann.addInitScript(() => {
    navigator.geolocation.watchPosition = (found, failed) => {
      failed?.({ code: 2, message: '' } as GeolocationPositionError);
      Object.assign(window, {
        find: () => found({ timestamp: Date.now(), coords: { latitude: 47.3667, longitude: 8.55, accuracy: 20 } } as GeolocationPosition),
      });
      return 7;
    };
  });
  await visit(ann, '/');
  await showMe(ann).click();
  await ann.getByRole('button', { name: 'Show me' }).click();
  const words = ann.getByRole('status').filter({ hasText: 'This browser does not know where it is.' });
  await expect(words).toBeVisible();
  await expect(showMe(ann)).toBeChecked();
  await ann.evaluate(() => (window as unknown as { find: () => void }).find());
  await expectAt(ann, 'ann', HARBOUR);
  await expect(words).toHaveCount(0);
});

test('around me are those who surely are and those who may be, and another range holds on all pages', async ({ ann, guard, phone }) => {
  guard.allow(/status of 422/);
  const places = { ann: eastwards(0), ben: eastwards(300), cleo: eastwards(100), dan: eastwards(492), eve: eastwards(2_000) };
  for (const [name, at] of Object.entries(places)) {
    const reporting = await phone(name);
    // Cleo's phone does not tell how exact it is: nobody can be sure.
    await (name === 'cleo' ? reporting.report({ ...at, acc: undefined }) : reporting.report(at));
  }
  await visit(ann, '/');
  const second = await ann.context().newPage();
  await visit(second, '/');
  const pages = [ann, second];
  for (const page of pages) {
    await expect(near(page).getByRole('heading', { name: /^Around me \(500\sm\)$/ })).toBeVisible();
    await expect(around(page).getByRole('link')).toHaveText([/ben\s*300\sm$/, /cleo\s*maybe about 100\sm$/, /dan\s*maybe about 490\sm$/]);
  }
  await setRange(ann, '9');
  await expect(near(ann).getByLabel('Range', { exact: true })).toHaveAccessibleDescription(/^Range must be 10 to 50000 metres/);
  await setRange(ann, '50');
  for (const page of pages) {
    await expect(near(page).getByRole('heading', { name: /^Around me \(50\sm\)$/ })).toBeVisible();
    await expect(around(page).getByRole('link')).toHaveText([/cleo/]);
  }
  await setRange(second, '2,500');
  for (const page of pages) {
    await expect(around(page).getByRole('link')).toHaveText([/ben/, /dan/, /eve/, /cleo/]);
    await expect(near(page).getByLabel('Range', { exact: true })).toHaveValue('2500');
  }
  // They come and go by themselves, and open their card.
  const ben = await phone('ben', 'second');
  await ben.report(eastwards(9_000));
  await expect(around(ann).getByRole('link')).toHaveText([/dan/, /eve/, /cleo/]);
  await around(ann).getByRole('link', { name: 'eve' }).click();
  await expect(ann.getByRole('region', { name: 'eve' })).toBeVisible();
});

test('here is who else is in my region now', async ({ ann, person, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const annsPhone = await phone('ann');
  await arrive(annsPhone, HARBOUR, 5);
  await visit(ann, '/');
  await expect(near(ann)).toContainText('Nobody else is at Home, as far as you may see.');
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await arrive(tom, HARBOUR, 4);
  const here = near(ann).getByRole('list', { name: 'Here: Home' });
  await expect(here.getByRole('link')).toHaveText([/tom\s*is here$/]);
  await arrive(tom, FARM, 0);
  await expect(here).toHaveCount(0);
  await expect(near(ann)).toContainText('Nobody else is at Home');
  // Somebody who is on no map.
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await expect(near(ben)).toContainText('You are not on the map');
});

test('a position is set by hand on the map, by mouse and by keyboard', async ({ ann, guard, person }) => {
  guard.allow(/status of 422/);
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await visit(ann, '/?map=14/47.36670/8.55000');
  await near(ann).getByText('Set my position by hand').click();
  await near(ann).getByRole('button', { name: 'Choose on the map' }).click();
  await expect(near(ann).getByRole('status').filter({ hasText: 'Click where you are' })).toBeVisible();
  await map(ann).focus();
  await ann.keyboard.press('Enter');
  await expect(map(ann).getByRole('button', { name: /^Middle/ })).toBeFocused();
  await expect(near(ann).getByLabel('Latitude')).toHaveValue(/^47\.366/);
  await expect(near(ann).getByLabel('Give or take')).toHaveValue('50');
  await fillIn(near(ann), { Latitude: `${HARBOUR.lat}`, Longitude: `${HARBOUR.lon}` });
  await map(ann).getByRole('button', { name: /^Middle/ }).focus();
  await ann.keyboard.press('Shift+ArrowUp');
  await expect(near(ann).getByLabel('Latitude')).toHaveValue('47.366790');
  const pushed = { lat: 47.36679, lon: HARBOUR.lon };
  await near(ann).getByRole('button', { name: 'I am here' }).click();
  await expect(ann.getByText('Your position is set.')).toBeVisible();
  await expect(map(ann).getByRole('button', { name: /^Middle/ })).toHaveCount(0);
  await expectAt(ben, 'ann', pushed);
  await expect(row(ben, 'ann')).toContainText(/±50\sm/);
  await expect(row(ben, 'ann')).toContainText('by browser');

  await near(ann).getByRole('button', { name: 'Choose on the map' }).click();
  await map(ann).click({ position: { x: 220, y: 420 } });
  await expect(near(ann).getByLabel('Longitude')).not.toHaveValue(/^8\.550000/);
  await fillIn(near(ann), { Latitude: '91' });
  await near(ann).getByRole('button', { name: 'I am here' }).click();
  await expect(near(ann).getByLabel('Latitude')).toHaveAccessibleDescription(/^Latitude must be between -90 and 90 degrees/);
  await expectAt(ben, 'ann', pushed);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`who is near, and the switch, have no serious barrier for anybody, ${colorScheme}`, async ({ ann, guard, phone }) => {
    guard.allow(/Applying inline style/);
    await drawRegion(ann, 'Home', HARBOUR);
    const tom = await phone('tom');
    await arrive(tom, HARBOUR, 5);
    await be(ann, HARBOUR);
    await ann.emulateMedia({ colorScheme });
    await visit(ann, '/');
    await showMe(ann).click();
    await expect(ann.getByRole('button', { name: 'Not now' })).toBeVisible();
    expect.soft(await barriers(ann), 'consent').toEqual([]);
    await ann.getByRole('button', { name: 'Show me', exact: true }).click();
    await expect(around(ann)).toContainText('tom');
    await near(ann).getByText('Set my position by hand').click();
    await near(ann).getByText('How far around me').click();
    expect.soft(await barriers(ann), 'on').toEqual([]);
  });
}

async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(' ')} (${any[0]?.message ?? ''})`));
}
