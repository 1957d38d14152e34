import { expect, test } from '../fixtures/app.ts';
import { map } from '../fixtures/map.ts';
import { row, visit } from '../fixtures/visit.ts';

test.describe('started for a demonstration', () => {
  test.use({ serverArgs: ['--demo'] });

  test('moving friends are seen without signing in, and nothing can be changed', async ({ page }) => {
    await visit(page, '/');
    await expect(page.getByText('This is a demonstration. Everybody here is made up.')).toBeVisible();
    await expect(row(page, 'Mira')).toContainText('demo');
    const faces = map(page).locator('[data-friend]');
    await expect(faces).toHaveCount(5);
    const where = () => faces.evaluateAll((all) => all.map((face) => `${face.getAttribute('data-lat')} ${face.getAttribute('data-lon')}`).sort().join());
    const before = await where();
    await expect.poll(where, { timeout: 30_000, message: 'somebody moves' }).not.toBe(before);

    await expect(page.getByRole('link', { name: 'Sign in' })).toBeVisible();
    await visit(page, '/history');
    await expect(page.getByRole('main').getByText(/(arrived at|left)/).first()).toBeVisible();
    await visit(page, '/friends');
    await expect(page.getByText('Sign in to put a phone on the map.')).toBeVisible();
    await expect(page.getByRole('button')).toHaveCount(0);
    const answer = await page.request.post('/api/remove_demo', { headers: { accept: 'application/json' } });
    expect([401, 403]).toContain(answer.status());
  });
});

test('an admin adds the demo friends and removes them without a trace', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report({ lat: 46.95, lon: 7.44 });
  await visit(ann, '/friends');
  await ann.getByRole('button', { name: 'Add demo friends' }).click();
  await expect(ann.getByText('The demo friends are walking.')).toBeVisible();
  await expect(ann.getByRole('heading', { name: 'Mira demo' })).toBeVisible();
  await visit(ann, '/');
  await expect(map(ann).locator('[data-friend]')).toHaveCount(6);
  await expect(row(ann, 'Mira')).toContainText('demo');
  await expect(row(ann, 'tom')).not.toContainText('demo');
  await expect(map(ann).locator('[data-region]')).not.toHaveCount(0);

  await visit(ann, '/friends');
  await ann.getByRole('button', { name: 'Remove demo friends' }).click();
  await expect(ann.getByRole('button', { name: 'Add demo friends' })).toBeVisible();
  await expect(ann.getByRole('heading', { name: /demo$/ })).toHaveCount(0);
  await visit(ann, '/');
  await expect(map(ann).locator('[data-friend]')).toHaveCount(1);
  await expect(map(ann).locator('[data-region]')).toHaveCount(0);
  await visit(ann, '/history');
  await expect(ann.getByText('Nothing yet')).toBeVisible();
});
