import { expect, test } from '../fixtures/app.ts';
import { HARBOUR, arrive } from '../fixtures/places.ts';
import { drawRegionPlainly, fillIn, row } from '../fixtures/visit.ts';

test('without script one says where one is, how far around one wants to know, and reads who is near', async ({ ann, phone }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await arrive(tom, HARBOUR, 5);
  await ann.goto('/');
  const near = ann.getByRole('region', { name: 'Near me' });
  await expect(near).toContainText('You are not on the map');
  await expect(ann.getByRole('switch')).toHaveCount(0);

  await near.getByText('Set my position by hand').click();
  await fillIn(near, { Latitude: 'north', Longitude: '8.55' });
  await near.getByRole('button', { name: 'I am here' }).click();
  await expect(near.getByLabel('Latitude')).toHaveAccessibleDescription(/^Latitude must be a number/);
  await expect(near.getByLabel('Latitude')).toHaveValue('north');
  await fillIn(near, { Latitude: `${HARBOUR.lat}`, 'Give or take': '-1' });
  await near.getByRole('button', { name: 'I am here' }).click();
  await expect(near.getByLabel('Give or take')).toHaveAccessibleDescription(/^Give or take must not be less than 0/);
  await fillIn(near, { 'Give or take': '20' });
  await near.getByRole('button', { name: 'I am here' }).click();
  await expect(ann.getByText('Your position is set.')).toBeVisible();
  await expect(row(ann, 'ann')).toContainText('by browser');
  const around = near.getByRole('list', { name: /^Around me/ });
  await expect(around.getByRole('link')).toHaveText([/tom\s*0\sm$/]);

  await near.getByText('How far around me').click();
  await fillIn(near, { Range: '5' });
  await near.getByRole('button', { name: 'Set range' }).click();
  await expect(near.getByLabel('Range')).toHaveAccessibleDescription(/^Range must be 10 to 50000 metres/);
  await expect(near.getByLabel('Range')).toHaveValue('5');
  await fillIn(near, { Range: '20' });
  await near.getByRole('button', { name: 'Set range' }).click();
  await expect(near.getByRole('heading', { name: /^Around me \(20\sm\)$/ })).toBeVisible();
  await expect(around.getByRole('link')).toHaveText([/tom\s*maybe about 0\sm$/]);
});
