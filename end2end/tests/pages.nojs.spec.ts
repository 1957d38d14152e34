import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { CLOCK, PASSWORD, drawRegionPlainly, entry, fillIn, minutesAgo, regionItem, row, saveRegion, signIn } from '../fixtures/visit.ts';

test('without script one signs in, reads who is where, and signs out', async ({ ann, phone }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 20 });
  await arrive(tom, HARBOUR, 9);
  const eve = await phone('eve');
  await eve.report({ ...FARM, minutesAgo: 130, batt: 42 });

  await ann.goto('/');
  await expect(row(ann, 'tom')).toContainText(new RegExp(`Home, since ${CLOCK} UTC`));
  await expect(row(ann, 'tom')).toContainText(new RegExp(minutesAgo(9)));
  await expect(row(ann, 'eve')).toContainText(/km from Home/);
  await expect(row(ann, 'eve')).toContainText('2 hours ago');
  await expect(row(ann, 'eve')).toContainText('battery 42 %');
  await expect(ann.getByText(/^3 friends$/)).toBeVisible();
  await row(ann, 'tom').click();
  await expect(ann.getByRole('region', { name: 'tom' })).toContainText('Exact to');
  await ann.getByRole('region', { name: 'tom' }).getByRole('link', { name: 'History' }).click();
  await expect(entry(ann, 'tom arrived at Home')).toHaveCount(1);

  await ann.getByRole('link', { name: 'Settings' }).click();
  await ann.getByRole('button', { name: 'Sign out' }).click();
  await expect(ann).toHaveURL('/sign-in');
  await ann.goto('/');
  await expect(ann).toHaveURL(/\/sign-in\?next=/);
});

test('without script one says that one has seen what is new', async ({ ann, phone }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await arrive(tom, HARBOUR, 14);
  await ann.goto('/history');
  await expect(entry(ann, 'tom arrived at Home')).toHaveCount(1);
  await ann.getByRole('button', { name: 'I have seen them' }).click();
  await arrive(tom, FARM, 3);
  await ann.goto('/history');
  await expect(ann.getByText('1 new since you last looked')).toBeVisible();
  await ann.reload();
  await ann.getByRole('button', { name: 'I have seen them' }).click();
  await expect(ann).toHaveURL(/\/history\??$/);
  await expect(entry(ann, 'tom left Home')).toHaveCount(1);
  await expect(ann.getByText('new since you last looked')).toHaveCount(0);
});

test('without script a wrong password is said, and the way back is kept', async ({ page, server }) => {
  await server.addUser('ann', PASSWORD, 'admin');
  await page.goto('/history');
  await fillIn(page, { Name: 'ann', Password: 'not her sentence' });
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Password does not belong to that name')).toBeVisible();
  await expect(page.getByLabel('Name')).toHaveValue('ann');
  await fillIn(page, { Password: PASSWORD });
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/history');
});

test('without script a region is made, changed and removed, and mistakes are said beside their fields', async ({ ann }) => {
  const right = { Name: 'Home', Latitude: '47.3667', Longitude: '8.55', Radius: '150' };
  const wrong: [keyof typeof right, string, string][] = [
    ['Name', '   ', 'Name must not be empty'],
    ['Latitude', '91', 'Latitude must be between -90 and 90 degrees'],
    ['Longitude', 'east', 'Longitude must be a number'],
    ['Radius', '0', 'Radius must be between 1 and 20015087 metres'],
  ];
  await ann.goto('/regions');
  await ann.getByRole('link', { name: 'New region' }).click();
  for (const [label, text, complaint] of wrong) {
    const typed = { ...right, [label]: text };
    await saveRegion(ann, typed);
    await expect(ann.getByLabel(label)).toHaveAccessibleDescription(new RegExp(`^${complaint}`));
    await expectKept(ann, typed);
  }
  await saveRegion(ann, right);
  await expect(ann.getByText('The region is saved.')).toBeVisible();
  await expect(regionItem(ann, 'Home')).toContainText('Circle, 150 m around the middle');

  await ann.getByRole('link', { name: 'Edit Home' }).click();
  await saveRegion(ann, { Name: 'Old house', Radius: 'wide' });
  await expect(ann.getByLabel('Radius')).toHaveAccessibleDescription(/^Radius must be a number/);
  await expectKept(ann, { Name: 'Old house', Radius: 'wide', Latitude: '47.366700' });
  await saveRegion(ann, { Radius: '320' });
  await expect(regionItem(ann, 'Old house')).toContainText('Circle, 320 m around the middle');
  await expect(regionItem(ann, 'Home')).toHaveCount(0);

  await ann.getByLabel('Remove Old house').click();
  await ann.getByRole('button', { name: 'Remove Old house' }).click();
  await expect(ann.getByText('The region is gone.')).toBeVisible();
  await expect(ann.getByText('No regions yet')).toBeVisible();
});

test('without script the history is filtered', async ({ ann, phone }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR);
  for (const name of ['tom', 'eve']) {
    const friend = await phone(name);
    await friend.report({ ...FARM, minutesAgo: 20 });
    await arrive(friend, HARBOUR, 5);
  }
  await ann.goto('/history');
  const told = ann.getByRole('main').getByText(/(tom|eve) arrived/);
  await expect(told).toHaveCount(2);
  await expect(ann.getByText('Times are in UTC')).toBeVisible();
  await ann.getByLabel('Friend').selectOption('eve');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(told).toHaveText([/eve arrived at Home/]);
  await ann.getByLabel('Day').fill('2026-01-02');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(ann.getByText('Nobody came or went')).toBeVisible();
});

test('without script one reads how long they stayed and who was where, and fetches the file', async ({ ann, phone }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  const day = (hour: number) => new Date(Date.parse('2025-05-18T00:00:00Z') + hour * 3_600_000);
  for (const [place, hour] of [[FARM, 6], [HARBOUR, 8], [FARM, 11]] as const) {
    await tom.report({ ...place, at: day(hour) });
    await tom.report({ ...place, at: day(hour + 0.02) });
  }
  await ann.goto('/history');
  await ann.getByLabel('What').selectOption('Departures');
  await ann.getByLabel('Day').fill('2025-05-17');
  await ann.getByLabel('Until').fill('2025-05-18');
  await ann.getByRole('button', { name: 'Show' }).click();
  const told = ann.getByRole('main').getByText(/tom (arrived|left)/);
  await expect(told).toHaveText([/tom left Home \(stayed 3\s*h\s*00\)/]);
  const file = await ann.getByRole('link', { name: 'Download as CSV' }).getAttribute('href');
  const csv = await (await ann.request.get(file ?? '')).text();
  expect(csv.trim().split('\r\n')).toHaveLength(2);
  expect(csv).toContain(',tom,phone,leave,Home,10800,server,');

  await ann.getByRole('link', { name: 'Time', exact: true }).click();
  await expect(ann.getByRole('row', { name: /Sunday 18 May 2025/ })).toContainText(/3\s*h\s*00/);
  await ann.getByRole('link', { name: 'Who was where' }).click();
  await ann.getByLabel('When').fill('2025-05-18T10:30');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(ann.getByRole('listitem').filter({ has: ann.getByRole('heading', { name: 'Home' }) })).toContainText('tom, since 08:00 UTC, until 11:00 UTC');
  await ann.getByLabel('When').fill('2025-05-18T12:00');
  await ann.getByRole('button', { name: 'Show' }).click();
  await expect(ann.getByText('Nobody had drawn one yet.')).toBeVisible();
});

test('without script a phone is put on the map and somebody is let in', async ({ ann, visitor }) => {
  await ann.goto('/friends');
  const form = ann.getByRole('region', { name: 'Put a phone on the map' });
  await fillIn(form, { Friend: 'tom', Device: 'phone' });
  await form.getByLabel('What the group sees until they choose').selectOption('precise');
  await form.getByRole('button', { name: 'Add the phone' }).click();
  const card = ann.getByRole('region', { name: 'tom: phone' });
  await expect(card.getByRole('link', { name: 'Open in OwnTracks' })).toHaveAttribute('href', /^owntracks:\/\/\/config/);

  const people = ann.getByRole('region', { name: 'Let somebody sign in' });
  await fillIn(people, { Name: 'zoe', Password: PASSWORD });
  await people.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(ann.getByText('They can sign in now.')).toBeVisible();
  const zoe = await visitor();
  await signIn(zoe, 'zoe');
  await expect(row(zoe, 'tom')).toContainText('Not on the map yet');
});

test('without script the set-up link makes the first admin', async ({ page, server }) => {
  await page.goto(server.setUpLink());
  await fillIn(page, { Name: 'ann', Password: PASSWORD });
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('You are the first admin.')).toBeVisible();
  await page.getByRole('button', { name: 'Add demo friends' }).click();
  await expect(page.getByRole('button', { name: 'Remove demo friends' })).toBeVisible();
  await page.goto('/');
  await expect(row(page, 'Mira')).toContainText('demo');
});

test('without script nothing is shown that needs it', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  for (const [path, buttons] of [
    ['/', []],
    ['/regions', []],
    ['/history', ['Show']],
    ['/privacy', ['Pause']],
    ['/privacy?change=group', ['Save', 'See what would change', 'Pause']],
    ['/settings', ['Sign out', '', 'Save', 'Change password']],
    ['/friends/tom/phone', ['Ask for a position', 'Ask for status', 'Ask for its regions', 'Set mode', 'Set the key']],
    ['/admin', []],
    ['/admin/broker', []],
    ['/admin/console', ['Filter', 'Publish']],
    ['/admin/outlets', []],
    ['/sensors', []],
  ] as const) {
    await ann.goto(path);
    await expect(ann.getByRole('main').getByRole('button'), path).toHaveText(buttons.map((name) => new RegExp(name)));
  }
});

async function expectKept(page: Page, typed: Record<string, string>): Promise<void> {
  for (const [label, text] of Object.entries(typed)) await expect(page.getByLabel(label)).toHaveValue(text);
}
