import { expect, test } from '../fixtures/app.ts';
import { expectAt, map, marker } from '../fixtures/map.ts';
import { HARBOUR, STATION } from '../fixtures/places.ts';
import { minutesAgo, row } from '../fixtures/visit.ts';

test('a marker appears and moves without a reload, and the list says the place in words', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await ann.goto('/');
  await expect(marker(ann, 'tom')).toHaveCount(0);
  await ann.evaluate(() => Object.assign(window, { notReloaded: true }));

  await tom.report({ ...HARBOUR, batt: 81, minutesAgo: 1 });
  await expectAt(ann, 'tom', HARBOUR);
  await expect(marker(ann, 'tom')).toHaveAccessibleName(new RegExp(`^tom, ${minutesAgo(1)}, 81 percent$`));
  await expect(row(ann, 'tom')).toContainText('Outside');
  await expect(row(ann, 'tom')).toContainText(new RegExp(minutesAgo(1)));
  await expect(row(ann, 'tom')).toContainText('±10 m');
  await expect(row(ann, 'tom')).toContainText('81 %');

  await tom.report({ ...STATION, vel: 30, cog: 90, batt: 80 });
  await expectAt(ann, 'tom', STATION);
  await expect(row(ann, 'tom')).toContainText('On the move');
  await expect(marker(ann, 'tom')).toHaveCount(1);
  expect(await ann.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('a position sent by HTTP shows up like one sent by MQTT', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await ann.goto('/');
  expect(await tom.post(HARBOUR)).toBe(200);
  await expectAt(ann, 'tom', HARBOUR);
});

test('two browsers agree', async ({ ann, person, phone }) => {
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 3 });
  const bob = await person('bob', 'friend');
  await ann.goto('/');
  for (const page of [ann, bob]) await expectAt(page, 'tom', HARBOUR);
  await tom.report({ ...STATION, minutesAgo: 0 });
  for (const page of [ann, bob]) {
    await expectAt(page, 'tom', STATION);
    await expect(row(page, 'tom')).toContainText(new RegExp(minutesAgo(0)));
  }
});

test('a late position does not move the marker', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report({ ...STATION, minutesAgo: 1 });
  await ann.goto('/');
  await expectAt(ann, 'tom', STATION);
  await tom.report({ ...HARBOUR, minutesAgo: 30 });
  // What comes after it has come means that the late one has been looked at.
  const eve = await phone('eve');
  await eve.report(HARBOUR);
  await expectAt(ann, 'eve', HARBOUR);
  await expectAt(ann, 'tom', STATION);
});

test('a friend is opened from the list and from the map, and the address remembers it', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, batt: 15, minutesAgo: 1 });
  await ann.goto('/');
  await marker(ann, 'tom').click();
  const card = ann.getByRole('region', { name: 'tom' });
  await expect(card).toContainText('±10 m');
  await expect(ann).toHaveURL(/[?&]friend=tom/);
  await expect(marker(ann, 'tom')).toHaveAttribute('aria-pressed', 'true');

  await ann.reload();
  await expect(card).toBeVisible();
  await card.getByRole('button', { name: 'Follow' }).click();
  await expect(card.getByRole('button', { name: 'Following' })).toHaveAttribute('aria-pressed', 'true');
  await expect(ann).toHaveURL(/[?&]follow=tom/);
  // A followed friend stays in sight, wherever they go.
  await tom.report({ lat: 48.2, lon: 16.37 });
  await expect(marker(ann, 'tom')).toBeInViewport();

  await card.getByRole('link', { name: 'Close' }).click();
  await expect(card).toHaveCount(0);
  await row(ann, 'tom').click();
  await expect(card).toBeVisible();
  await expect(map(ann)).toBeVisible();
});

test('an empty server says what to do first', async ({ ann }) => {
  await ann.goto('/');
  const empty = ann.getByRole('main');
  // Ann herself is a friend who may sign in; she has no phone yet.
  await expect(row(ann, 'ann')).toContainText('Not on the map yet');
  await expect(empty).toContainText('1 friend');
});
