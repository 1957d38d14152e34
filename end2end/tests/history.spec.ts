import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures/app.ts';
import { marker, regionLabel } from '../fixtures/map.ts';
import { FARM, HARBOUR, STATION, arrive } from '../fixtures/places.ts';
import { CLOCK, drawRegion, entry, minutesAgo, regionItem, row, visit } from '../fixtures/visit.ts';

test('the history tells in an open page who came and went, and still does after a reload', async ({
  ann,
  person,
  phone,
}) => {
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 30 });
  const bob = await person('bob', 'friend');
  await visit(bob, '/history');
  await expect(bob.getByText('Nothing yet')).toBeVisible();
  await drawRegion(ann, 'Home', HARBOUR);

  await visit(ann, '/');
  await expect(row(ann, 'tom')).toContainText('from Home');
  await arrive(tom, HARBOUR, 14);
  await expect(entry(bob, 'tom arrived at Home')).toHaveCount(1);
  await expect(row(ann, 'tom')).toContainText(new RegExp(`Home, since ${CLOCK}`));
  await expect(regionLabel(ann, 'Home · 1')).toHaveCount(1);
  await expect(marker(ann, 'tom')).toHaveAccessibleName(new RegExp(`^tom, Home, ${minutesAgo(14)}$`));
  await expect(ann.getByRole('log')).toContainText('tom arrived at Home');

  await arrive(tom, FARM, 3);
  await expect(entry(bob, /tom left Home \(stayed 1\d\s*min\)/)).toHaveCount(1);
  await expect(regionLabel(ann, 'Home')).toHaveCount(1);
  await expect(regionLabel(ann, 'Home · 1')).toHaveCount(0);
  await expect(row(ann, 'tom')).toContainText('from Home');

  const told = bob.getByRole('main').getByText(/tom (arrived|left)/);
  await expect(told).toHaveText([/left Home/, /arrived at Home/]);
  await bob.reload();
  await expect(told).toHaveText([/left Home \(stayed 1\d\s*min\)/, /arrived at Home/]);
});

test('what came since one looked last stands above a line, until it was looked at', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await arrive(tom, HARBOUR, 14);
  const looked = () => ann.waitForResponse((answer) => answer.url().includes('/api/looked_at_history'));
  const first = looked();
  await visit(ann, '/history');
  await expect(entry(ann, 'tom arrived at Home')).toHaveCount(1);
  await expect(ann.getByText('new since you last looked')).toHaveCount(0);
  await first;
  await visit(ann, '/');
  await arrive(tom, FARM, 3);
  await expect(row(ann, 'tom')).toContainText('from Home');

  const second = looked();
  await visit(ann, '/history');
  await expect(ann.getByText('1 new since you last looked')).toBeVisible();
  const list = ann.getByRole('main').getByText(/tom (arrived|left)|Above: new/);
  await expect(list).toHaveText([/left Home/, /Above: new/, /arrived at Home/]);
  await expect(ann.getByRole('button', { name: 'I have seen them' })).toBeHidden();
  await second;
  await ann.reload();
  await expect(list).toHaveText([/left Home/, /arrived at Home/]);
});

test('an entry shows on request how it is known', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 9 });
  await arrive(tom, HARBOUR, 4);
  await visit(ann, '/history');
  const arrival = entry(ann, 'tom arrived at Home');
  await expect(arrival.getByText('inside the edge').first()).toBeHidden();
  await arrival.getByText('server', { exact: true }).click();
  await expect(arrival.getByText(/position, \d+\s*m inside the edge, ±10\s*m/).first()).toBeVisible();
});

test('the regions page says who is there', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  for (const name of ['tom', 'eve']) {
    const friend = await phone(name);
    await friend.report({ ...FARM, minutesAgo: 9 });
    await arrive(friend, HARBOUR, 2);
  }
  await expect(regionItem(ann, 'Home')).toContainText(/(eve and tom|tom and eve) are here/);
  await expect(regionLabel(ann, 'Home · 2')).toHaveCount(1);
});

test('the history is filtered by friend, by region and by day', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  await drawRegion(ann, 'School', STATION);
  // Noon where the browser is, so that no event falls into another day.
  const noon = (daysAgo: number, minutes: number) => {
    const day = new Date(Date.now() + INDIA_MS - daysAgo * DAY_MS).toISOString().slice(0, 10);
    return { day, at: new Date(Date.parse(`${day}T12:00:00Z`) - INDIA_MS + minutes * 60_000) };
  };
  for (const [name, place, daysAgo] of [
    ['tom', HARBOUR, 3],
    ['eve', STATION, 2],
  ] as const) {
    const friend = await phone(name);
    await friend.report({ ...FARM, at: noon(daysAgo, 0).at });
    await friend.report({ ...place, at: noon(daysAgo, 20).at });
    await friend.report({ ...place, at: noon(daysAgo, 21).at });
    await friend.report({ ...FARM, at: noon(daysAgo, 60).at });
    await friend.report({ ...FARM, at: noon(daysAgo, 61).at });
  }
  const tom = [/tom left Home/, /tom arrived at Home/];
  const eve = [/eve left School/, /eve arrived at School/];
  const told = ann.getByRole('main').getByText(/(tom|eve) (arrived|left)/);
  await visit(ann, '/history');
  await expect(told).toHaveText([...eve, ...tom]);
  await expect(ann.getByText('Times are yours: UTC+5:30')).toBeVisible();
  await expect(told.first()).toContainText(/1[23]:\d\d/);

  const showAll = async () => {
    await ann.getByRole('link', { name: 'Show all' }).click();
    await expect(told).toHaveText([...eve, ...tom]);
    for (const label of ['Friend', 'Region', 'Day']) await expect(ann.getByLabel(label)).toHaveValue('');
  };
  const show = () => ann.getByRole('button', { name: 'Show' }).click();
  await ann.getByLabel('Friend').selectOption('tom');
  await show();
  await expect(told).toHaveText(tom);
  await expect(ann).toHaveURL(/[?&]friend=/);
  await ann.reload();
  await expect(told).toHaveText(tom);
  await expect(ann.getByLabel('Friend')).toHaveValue(/.+/);

  await showAll();
  await ann.getByLabel('Region').selectOption('School');
  await show();
  await expect(told).toHaveText(eve);

  await showAll();
  await ann.getByLabel('Day').fill(noon(3, 0).day);
  await show();
  await expect(told).toHaveText(tom);
  await ann.getByLabel('Friend').selectOption('eve');
  await show();
  await expect(ann.getByText('Nobody came or went')).toBeVisible();
  await ann.goBack();
  await expect(told).toHaveText(tom);
});

test('who was where, how long, and all of it as a file: by the clocks of whoever asks', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  // Half past noon to half past three where the browser is.
  const at = (minutes: number) => new Date(Date.parse('2025-05-18T07:00:00Z') + minutes * 60_000);
  await tom.report({ ...FARM, at: at(-60) });
  for (const [place, minutes] of [[HARBOUR, 0], [FARM, 180]] as const) {
    await tom.report({ ...place, at: at(minutes) });
    await tom.report({ ...place, at: at(minutes + 1) });
  }
  await visit(ann, '/history?day=2025-05-18&zone=Asia/Kolkata');
  await expect(entry(ann, 'tom arrived at Home')).toContainText('12:30');
  const [file] = await Promise.all([ann.waitForEvent('download'), ann.getByRole('link', { name: 'Download as CSV' }).click()]);
  expect(file.suggestedFilename()).toBe('whereabouts-history.csv');
  const csv = await readFile(await file.path(), 'utf8');
  expect(csv).toMatch(/^at,friend,[^\r]*\r\n2025-05-18T10:00:00\.000Z,tom,phone,leave,Home,10800,/);

  await ann.getByRole('link', { name: 'Time', exact: true }).click();
  await expect(ann).toHaveURL(/history\/time\?day=2025-05-18/);
  await expect(ann.getByRole('row', { name: /Sunday 18 May 2025/ })).toContainText(/3\s*h\s*00/);
  await expect(ann.getByRole('img', { name: /Time by day and region/ })).toBeVisible();

  await ann.getByRole('link', { name: 'Who was where' }).click();
  await ann.getByLabel('When').fill('2025-05-18T14:00');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(ann.getByText(/^tom, since 12:30, until 15:30$/)).toBeVisible();
  await expect(ann).toHaveURL(/at=2025-05-18T14%3A00/);
  await ann.getByLabel('When').fill('2025-05-18T15:30');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(ann.getByText('Nobody had drawn one yet.')).toBeVisible();
});

test.describe('where the clocks change', () => {
  test.use({ timezoneId: 'Europe/Zurich' });

  test('a day has the hours that it has there', async ({ ann, phone }) => {
    await drawRegion(ann, 'Home', HARBOUR);
    const tom = await phone('tom');
    // The clocks went back on 26 October: that day began at 22:00 UTC and had 25 hours.
    const reports = [
      [FARM, '2025-10-25T20:00:00Z'],
      [HARBOUR, '2025-10-25T22:30:00Z'],
      [FARM, '2025-10-26T22:30:00Z'],
      [HARBOUR, '2025-10-26T23:30:00Z'],
    ] as const;
    for (const [place, at] of reports) {
      await tom.report({ ...place, at: new Date(at) });
      await tom.report({ ...place, at: new Date(Date.parse(at) + 60_000) });
    }
    await visit(ann, '/history');
    await ann.getByLabel('Day').fill('2025-10-26');
    await ann.getByRole('button', { name: 'Show' }).click();
    await expect(ann).toHaveURL(/zone=Europe%2FZurich/);
    const told = ann.getByRole('main').getByText(/tom (arrived|left)/);
    await expect(told).toHaveText([/tom left Home \(stayed 1\s*d\s*0\s*h\) 23:30/, /tom arrived at Home 00:30/]);
    await ann.getByRole('link', { name: 'Time', exact: true }).click();
    await expect(ann.getByRole('row', { name: /Sunday 26 October 2025/ })).toContainText(/24\s*h\s*00/);
  });
});

test('arrivals alone, over several days, stay filtered while the page is open', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 60 });
  await visit(ann, '/history');
  await ann.getByLabel('What').selectOption('Arrivals');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(ann).toHaveURL(/kind=enter/);
  await arrive(tom, HARBOUR, 30);
  await expect(entry(ann, 'tom arrived at Home')).toHaveCount(1);
  await arrive(tom, FARM, 20);
  await arrive(tom, HARBOUR, 10);
  await expect(entry(ann, 'tom arrived at Home')).toHaveCount(2);
  await expect(ann.getByText('tom left Home')).toHaveCount(0);
});

test('who has been silent for long is only probably where they were', async ({ ann, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 400 });
  await arrive(tom, HARBOUR, 190);
  await visit(ann, '/');
  await expect(row(ann, 'tom')).toContainText('probably at Home, 3 h silent');
  await visit(ann, '/regions');
  await expect(regionItem(ann, 'Home')).toContainText('Probably here: tom (3 h silent)');
  await visit(ann, '/friends');
  await expect(ann.getByRole('main')).toContainText('probably at Home, 3 h silent');
  await tom.report({ ...HARBOUR, minutesAgo: 1 });
  await expect(ann.getByRole('main')).toContainText(new RegExp(`Home, since ${CLOCK}`));
});

const DAY_MS = 86_400_000;
const INDIA_MS = 5.5 * 3_600_000;
