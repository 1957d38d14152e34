import { expect, test } from '../fixtures/app.ts';
import { map, regionLabel } from '../fixtures/map.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { drawRegion, fillIn, regionItem, saveRegion, visit } from '../fixtures/visit.ts';

test('a region made in the form shows up in the other browser at once, is changed there and goes there', async ({
  ann,
  person,
}) => {
  const bob = await person('bob', 'friend');
  await visit(bob, '/regions');
  await expect(bob.getByText('No regions yet')).toBeVisible();

  await drawRegion(ann, 'Home', HARBOUR, 150);
  await expect(regionItem(bob, 'Home')).toContainText('Circle, 150 m around the middle');
  await expect(regionLabel(bob, 'Home')).toHaveCount(1);
  // Bob is no admin.
  await expect(bob.getByRole('link', { name: /Edit|New region/ })).toHaveCount(0);
  await expect(bob.getByRole('button', { name: 'Remove Home' })).toHaveCount(0);

  await ann.getByRole('link', { name: 'Edit Home' }).click();
  await expect(ann.getByLabel('Name')).toHaveValue('Home');
  await expect(ann.getByLabel('Latitude')).toHaveValue('47.366700');
  await expect(ann.getByLabel('Radius')).toHaveValue('150');
  await saveRegion(ann, { Name: 'Old house', Radius: '320' });
  await expect(regionItem(ann, 'Old house')).toContainText('Circle, 320 m around the middle');
  await expect(regionItem(bob, 'Old house')).toContainText('Circle, 320 m around the middle');
  await expect(regionLabel(bob, 'Old house')).toHaveCount(1);
  await expect(regionItem(bob, 'Home')).toHaveCount(0);
  await expect(regionLabel(bob, 'Home')).toHaveCount(0);

  await ann.getByLabel('Remove Old house').click();
  await ann.getByRole('button', { name: 'Remove Old house' }).click();
  await expect(ann.getByText('The region is gone.')).toBeVisible();
  await expect(regionItem(ann, 'Old house')).toHaveCount(0);
  await expect(bob.getByText('No regions yet')).toBeVisible();
  await expect(regionLabel(bob, 'Old house')).toHaveCount(0);
});

test('what is wrong in the form stands beside its field, and what was right is kept', async ({ ann, guard }) => {
  // The browser itself reports an answer of 4xx.
  guard.allow(/status of 422/);
  const right = { Name: 'Home', Latitude: '47.3667', Longitude: '8.55', Radius: '150' };
  const wrong: [keyof typeof right, string, string][] = [
    ['Name', '   ', 'Name must not be empty'],
    ['Name', 'x'.repeat(65), 'Name must be at most 64 characters long'],
    ['Latitude', '91', 'Latitude must be between -90 and 90 degrees'],
    ['Latitude', 'north', 'Latitude must be a number'],
    ['Longitude', '-180.5', 'Longitude must be between -180 and 180 degrees'],
    ['Radius', '0', 'Radius must be between 1 and 20015087 metres'],
  ];
  await visit(ann, '/regions?new');
  for (const [label, text, complaint] of wrong) {
    await test.step(`${label}: ${text}`, async () => {
      const typed = { ...right, [label]: text };
      await saveRegion(ann, typed);
      await expect(ann.getByLabel(label)).toHaveAttribute('aria-invalid', 'true');
      await expect(ann.getByLabel(label)).toHaveAccessibleDescription(new RegExp(`^${complaint}`));
      for (const [other, kept] of Object.entries(typed)) {
        await expect(ann.getByLabel(other)).toHaveValue(kept);
        if (other !== label) await expect(ann.getByLabel(other)).not.toHaveAttribute('aria-invalid');
      }
    });
  }
  await saveRegion(ann, right);
  await expect(regionItem(ann, 'Home')).toBeVisible();
});

test('a number may be written with a comma', async ({ ann }) => {
  await visit(ann, '/regions?new');
  await saveRegion(ann, { Name: 'Home', Latitude: '47,3667', Longitude: ' 8,55 ', Radius: '120,5' });
  await expect(regionItem(ann, 'Home')).toContainText('Circle, 120 m around the middle');
  await expect(regionLabel(ann, 'Home')).toHaveCount(1);
});

test('a click on the map sets the middle, and the map draws what is typed', async ({ ann }) => {
  await visit(ann, '/regions?new');
  const draft = map(ann).locator('.region-draft');
  await expect(draft).toHaveCount(0);
  await map(ann).click();
  await expect(ann.getByLabel('Latitude')).toHaveValue(/^-?\d+\.\d{6}$/);
  await expect(ann.getByLabel('Longitude')).toHaveValue(/^-?\d+\.\d{6}$/);
  await expect(draft).toHaveCount(1);
  await fillIn(ann, { Latitude: 'north' });
  await expect(draft).toHaveCount(0);
});

test('a region smaller than phones are exact is allowed, with a warning', async ({ ann }) => {
  await visit(ann, '/regions?new');
  const warning = ann.getByText('Phones are not that exact');
  await fillIn(ann, { Radius: '100' });
  await expect(warning).toHaveCount(0);
  await fillIn(ann, { Radius: '60' });
  await expect(warning).toBeVisible();
  await saveRegion(ann, { Name: 'Shed', Latitude: '47.3667', Longitude: '8.55' });
  await expect(regionItem(ann, 'Shed')).toContainText('Circle, 60 m around the middle');
});
