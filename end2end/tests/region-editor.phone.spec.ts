import { expect, test } from '../fixtures/app.ts';
import { map } from '../fixtures/map.ts';
import { visit } from '../fixtures/visit.ts';

test('a finger sets the middle, and finds handles as large as itself', async ({ ann }) => {
  await visit(ann, '/regions?new');
  await map(ann).tap({ position: { x: 160, y: 200 } });
  const edge = map(ann).getByRole('slider', { name: 'Edge' });
  await expect(edge).toHaveAttribute('aria-valuenow', '150');
  await ann.getByRole('button', { name: 'Show the whole region' }).tap();
  for (const handle of [edge, map(ann).getByRole('button', { name: /^Middle/ }), ann.getByRole('button', { name: 'Undo' })]) {
    const box = await handle.boundingBox();
    expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(44);
  }
  // The map stays in sight while the form below it is read.
  await ann.getByRole('button', { name: 'Save' }).scrollIntoViewIfNeeded();
  await expect(edge).toBeInViewport();
});
