import { expect, test } from '../fixtures/app.ts';
import { fillIn } from '../fixtures/visit.ts';

test('without script an outlet is made and tested, and mistakes are said beside the field', async ({ ann }) => {
  await ann.goto('/admin/outlets?new');
  await fillIn(ann, { Broker: 'http://broker', User: 'writer', Password: 'open sesame', 'Topic base': 'whereabouts' });
  await ann.getByLabel('Positions').uncheck();
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByLabel('Broker', { exact: true })).toHaveAccessibleDescription(/^Broker must begin with mqtt:\/\/ or mqtts:\/\//);
  await expect(ann.getByLabel('User', { exact: true })).toHaveValue('writer');
  await expect(ann.getByLabel('Positions')).not.toBeChecked();
  expect(ann.url()).not.toContain('sesame');

  await fillIn(ann, { Broker: 'mqtt://127.0.0.1:1', Password: 'open sesame' });
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('The outlet is saved.')).toBeVisible();
  const list = ann.getByRole('list', { name: 'Outlets' });
  await expect(list).toContainText('comings and goings');
  await list.getByRole('button', { name: /^Test/ }).click();
  await expect(list).toContainText('The test did not work: no connection', { timeout: 30_000 });
  await expect(ann.getByText('sesame')).toHaveCount(0);
});
