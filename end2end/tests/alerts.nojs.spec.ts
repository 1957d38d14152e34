import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { drawRegionPlainly, fillIn } from '../fixtures/visit.ts';

test('without script a rule is made, changed and removed, and mistakes are said beside the field', async ({ ann }) => {
  await drawRegionPlainly(ann, 'Harbour', HARBOUR);
  await ann.goto('/alerts');
  await expect(ann.getByText('Nobody is watched yet')).toBeVisible();
  await expect(ann.getByText('They are turned on and off by script, which does not run here.')).toBeVisible();
  await expect(ann.getByRole('button', { name: 'Turn on in this browser' })).toHaveCount(0);

  await ann.getByRole('link', { name: 'New rule' }).click();
  await ann.getByRole('radio', { name: 'These regions:' }).check();
  await ann.getByRole('checkbox', { name: 'Harbour' }).check();
  await ann.getByText('Only at certain hours').click();
  const form = ann.getByRole('region', { name: 'New rule' });
  await fillIn(form, { Hours: 'soon' });
  await ann.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(form.getByLabel('Hours', { exact: true })).toHaveAccessibleDescription(/^Hours /);
  await expect(form.getByLabel('Hours', { exact: true })).toHaveValue('soon');
  await expect(ann.getByRole('checkbox', { name: 'Harbour' })).toBeChecked();
  await fillIn(form, { Hours: '' });
  await ann.getByRole('button', { name: 'Save', exact: true }).click();
  const rules = ann.getByRole('list', { name: 'Rules' });
  await expect(rules).toContainText('when anybody arrives at Harbour, on an open page');

  await rules.getByRole('link', { name: /^Change/ }).click();
  await ann.getByRole('checkbox', { name: 'On', exact: true }).uncheck();
  await ann.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(rules).toContainText('; off');
  await rules.getByText('Remove', { exact: true }).click();
  await rules.getByRole('button', { name: 'Remove the rule' }).click();
  await expect(ann.getByText('Nobody is watched yet')).toBeVisible();

  const quiet = ann.getByRole('region', { name: 'Quiet hours' });
  await fillIn(quiet, { 'Quiet hours': 'daily 22:00-07:00', 'Time zone': 'Europe/Zurich' });
  await quiet.getByRole('button', { name: 'Save the quiet hours' }).click();
  await expect(ann.getByText('Saved.')).toBeVisible();
  await expect(quiet.getByLabel('Quiet hours', { exact: true })).toHaveValue('daily 22:00-07:00');
});
