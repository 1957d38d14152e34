import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { drawRegionPlainly, fillIn, regionItem, saveRegion } from '../fixtures/visit.ts';

test('without script a polygon is typed, and everything else that a region has is said', async ({ ann, person }) => {
  const bob = await person('bob', 'friend');
  await ann.goto('/regions?new');
  await expect(ann.getByLabel('Corners')).toBeHidden();
  await ann.getByLabel('Polygon').check();
  await expect(ann.getByLabel('Latitude')).toBeHidden();
  await ann.getByRole('radio', { name: 'school' }).check();
  await ann.getByRole('radio', { name: 'amber' }).check();
  await ann.getByLabel('Pace').selectOption('calm');
  await ann.getByLabel('Admins alone').check();
  await ann.getByText('Only at certain hours').click();
  await expect(ann.getByLabel('Time zone')).toHaveValue('UTC');
  await fillIn(ann, { Corners: '47.36, 8.54\n47.36, 8.56\nhere', Hours: 'Mon-Fri 07:00-18:00', 'Time zone': 'Europe/Zurich' });
  await saveRegion(ann, { Name: 'School' });
  await expect(ann.getByLabel('Corners')).toHaveAccessibleDescription(/^Corners must be lines like .* which line 3 is not/);
  await expect(ann.getByLabel('Polygon')).toBeChecked();
  await expect(ann.getByRole('radio', { name: 'school' })).toBeChecked();
  await expect(ann.getByRole('radio', { name: 'amber' })).toBeChecked();
  await expect(ann.getByLabel('Admins alone')).toBeChecked();
  await expect(ann.getByLabel('Hours', { exact: true })).toHaveValue('Mon-Fri 07:00-18:00');

  await fillIn(ann, { Corners: '47.36, 8.54\n47.36, 8.56\n47.37, 8.56', 'Time zone': 'Europe/Atlantis' });
  await saveRegion(ann, {});
  await expect(ann.getByLabel('Time zone')).toHaveAccessibleDescription(/^Time zone must be a time zone such as Europe\/Zurich/);
  await fillIn(ann, { 'Time zone': 'Europe/Zurich' });
  await saveRegion(ann, {});
  await expect(regionItem(ann, 'School')).toContainText('Drawn shape');
  await bob.goto('/regions');
  await expect(bob.getByText('No regions yet')).toBeVisible();

  await ann.getByRole('link', { name: 'Edit School' }).click();
  await expect(ann.getByLabel('Corners')).toHaveValue('47.360000, 8.540000\n47.360000, 8.560000\n47.370000, 8.560000');
  await expect(ann.getByLabel('Pace')).toHaveValue('calm');
  await ann.getByLabel('Admins and these friends').check();
  await ann.getByLabel('bob').check();
  await saveRegion(ann, {});
  await bob.goto('/regions');
  await expect(regionItem(bob, 'School')).toBeVisible();
});

test('without script whoever draws is told what to expect, and takes the regions along and back', async ({ ann }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR, 150);
  await expect(ann.getByText('Phones are not that exact')).toHaveCount(0);
  await drawRegionPlainly(ann, 'Shop', { lat: HARBOUR.lat, lon: HARBOUR.lon + 0.002 }, 60);
  await expect(ann.getByText('Phones are not that exact')).toBeVisible();
  await expect(ann.getByText('It overlaps Home')).toBeVisible();

  // A form that comes back says so, too, and so does one that is opened again.
  await ann.goto('/regions?new');
  await saveRegion(ann, { Name: ' ', Latitude: `${HARBOUR.lat}`, Longitude: `${HARBOUR.lon + 0.002}`, Radius: '50' });
  await expect(ann.getByLabel('Name')).toHaveAccessibleDescription(/^Name must not be empty/);
  const told = ann.getByRole('region', { name: 'New region' }).getByRole('status');
  await expect(told).toContainText('Phones are not that exact');
  await expect(told).toContainText('It overlaps Home');
  await ann.goto('/regions');
  await ann.getByRole('link', { name: 'Edit Shop' }).click();
  await expect(ann.getByRole('region', { name: 'Change Shop' }).getByRole('status')).toContainText('It overlaps Home');

  await ann.goto('/regions');
  await ann.getByText('Files').click();
  const waiting = ann.waitForEvent('download');
  await ann.getByRole('link', { name: 'GeoJSON' }).click();
  const download = await waiting;
  expect(download.suggestedFilename()).toBe('regions.geojson');
  const file = await download.path();
  await ann.getByLabel('File of regions').setInputFiles(file);
  await ann.getByRole('button', { name: 'Read the file' }).click();
  await expect(ann.getByText('The file is read: 2 there already.')).toBeVisible();
  await ann.getByText('Files').click();
  await ann.getByLabel('File of regions').setInputFiles({ name: 'x.geojson', mimeType: 'application/geo+json', buffer: Buffer.from('{}') });
  await ann.getByRole('button', { name: 'Read the file' }).click();
  await expect(ann.getByText(/File of regions must be GeoJSON or .otrw/)).toBeVisible();
});
