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

const DAY_MS = 86_400_000;
const INDIA_MS = 5.5 * 3_600_000;
