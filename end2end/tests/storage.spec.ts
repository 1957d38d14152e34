import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { fillIn, visit } from '../fixtures/visit.ts';

test('of what is only counted by days, a day is said', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/admin/storage');
  const messages = ann.getByRole('row', { name: /^Messages/ });
  await expect(messages.getByRole('cell').nth(2)).toHaveText(/^\d{4}-\d\d-\d\d$/);
});

test('who has nothing stored reads that, and not ten noughts', async ({ ann, phone }) => {
  await visit(ann, '/privacy/data');
  await expect(ann.getByText('Nothing is stored yet')).toBeVisible();
  await expect(ann.getByRole('table')).toHaveCount(0);
  const anns = await phone('ann');
  await anns.report(HARBOUR);
  await visit(ann, '/privacy/data');
  await expect(ann.getByRole('row', { name: /^Positions/ }).getByRole('cell').first()).toHaveText('1');
});

test('for how long is said by one form on both pages, and what is wrong beside its field', async ({ ann, guard }) => {
  guard.allow(/status of 422/);
  await visit(ann, '/admin/storage');
  const save = ann.getByRole('button', { name: 'Save' });
  await fillIn(ann, { Messages: 'soon' });
  await save.click();
  await expect(ann.getByLabel('Messages')).toHaveAccessibleDescription(/^Messages must be a number of days/);
  await expect(ann.getByLabel('Messages')).toHaveValue('soon');
  await fillIn(ann, { Messages: '40' });
  await save.click();
  await expect(ann.getByText('Set. What is older goes within the hour.')).toBeVisible();

  await visit(ann, '/privacy/data');
  await fillIn(ann, { Messages: '12' });
  await save.click();
  await expect(ann.getByText('12 days')).toBeVisible();
  await expect(ann.getByText('(the server: 40 days)')).toBeVisible();
});
