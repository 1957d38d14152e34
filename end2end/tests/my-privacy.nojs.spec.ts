import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { PASSWORD, row, signIn } from '../fixtures/visit.ts';

test('without script one says what another sees, and looks before', async ({ ann, phone, server, visitor }) => {
  const annsPhone = await phone('ann');
  await annsPhone.report({ ...HARBOUR, batt: 77 });
  await server.addUser('ben', PASSWORD, 'friend');
  const ben = await visitor();
  await signIn(ben, 'ben');
  await expect(row(ben, 'ann')).toContainText('77 %');

  await ann.goto('/privacy');
  await expect(ann.getByRole('row', { name: /^My group/ })).toContainText('Precisely');
  await ann.getByRole('link', { name: 'Change what ben sees' }).click();
  await ann.getByRole('radio', { name: /^Only names of regions/ }).check();
  await ann.getByRole('button', { name: 'See what would change' }).click();
  await expect(ann.getByRole('table', { name: 'What ben sees' })).toContainText('only names of regions');
  await expect(ann.getByRole('radio', { name: /^Only names of regions/ })).toBeChecked();
  await ben.goto('/');
  await expect(row(ben, 'ann')).toContainText('77 %');

  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('Saved. It holds from now on')).toBeVisible();
  await ben.goto('/');
  await expect(row(ben, 'ann')).toContainText('In no region');
  await expect(row(ben, 'ann')).not.toContainText('77 %');
});

test('without script what is missing is said beside its field, and what was chosen stays', async ({ ann }) => {
  await ann.goto('/privacy?change=group');
  await ann.getByRole('radio', { name: /^To the street/ }).check();
  await ann.getByText('How far back, and until when').click();
  await ann.getByLabel('Until when').selectOption('Until a time');
  await ann.getByLabel('Time', { exact: true }).fill('2020-01-01T10:00');
  await ann.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByLabel('Time', { exact: true })).toHaveAccessibleDescription(/in the future/);
  await expect(ann.getByLabel('Time', { exact: true })).toHaveValue('2020-01-01T10:00');
  await expect(ann.getByRole('radio', { name: /^To the street/ })).toBeChecked();
});

test('without script one pauses and resumes', async ({ ann }) => {
  await ann.goto('/privacy');
  await ann.getByRole('button', { name: 'Pause', exact: true }).click();
  await expect(ann.getByText(/^Paused since .* UTC, until .* UTC/)).toBeVisible();
  await ann.getByRole('button', { name: 'Resume' }).click();
  await expect(ann.getByText('Others see again what is said below')).toBeVisible();
  await expect(ann.getByText(/^Paused since/)).toHaveCount(0);
});
