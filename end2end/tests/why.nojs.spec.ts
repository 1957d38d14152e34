import { expect, test } from '../fixtures/app.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { CLOCK, drawRegionPlainly } from '../fixtures/visit.ts';

test('without script "why" is a page, and a device is chosen', async ({ ann, phone }) => {
  await drawRegionPlainly(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await phone('tom', 'tablet');
  await tom.report({ ...FARM, minutesAgo: 30 });
  await arrive(tom, HARBOUR, 9);
  await ann.goto('/friends');
  const member = ann.getByRole('listitem').filter({ has: ann.getByRole('heading', { name: 'tom', level: 2 }) });
  await member.locator('.why > summary').click();
  await member.getByRole('link', { name: 'Why tom is thought to be at Home' }).click();
  await expect(ann.getByRole('heading', { level: 1, name: 'tom at Home' })).toBeVisible();
  await expect(ann.getByText(new RegExp(`phone is at Home since ${CLOCK} UTC: surely inside`))).toBeVisible();
  // A page without script knows what was known when it was asked for.
  await expect(async () => {
    await ann.reload();
    await expect(ann.getByText(/tablet: not heard of yet/)).toBeVisible({ timeout: 1000 });
  }).toPass();

  await ann.getByRole('link', { name: 'Friends' }).first().click();
  await member.getByLabel(/Which device counts/).selectOption('tablet alone');
  await member.getByRole('button', { name: 'Save' }).click();
  await expect(ann.getByText('It holds from now on')).toBeVisible();
  await expect(member.getByLabel(/Which device counts/)).toHaveValue('tablet');
  await expect(member.locator('.why')).toHaveCount(0);
});
