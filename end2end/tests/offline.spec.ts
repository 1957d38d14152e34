// What a friend sees where the server is out of reach.

import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { CLOCK, visit } from '../fixtures/visit.ts';

test.use({ serviceWorkers: 'allow' });

/** Whether the worker keeps the map of somebody. */
const keepsMap = (page: Page) => page.evaluate(async () => Boolean(await caches.match(new URL('/', location.href))));

const bar = (page: Page) => page.getByRole('status').filter({ hasText: 'reconnecting' });

test('out of reach of the server the map is as it was last seen, with its age, and says when that was', async ({ ann, guard, phone, server }) => {
  guard.allow(/WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|Failed to load resource|ServiceWorker/);
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 5 });
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);
  await expect.poll(() => keepsMap(ann), 'after one visit').toBe(true);

  await tom.close();
  await server.kill();
  // Three hours later somebody opens the page again.
  await ann.clock.setFixedTime(Date.now() + 3 * 3_600_000);
  await ann.reload();
  await expectAt(ann, 'tom', HARBOUR);
  await expect(bar(ann)).toContainText(new RegExp(`Showing ${CLOCK} – reconnecting…`));
  await expect(ann.getByRole('region', { name: 'Friends' })).toContainText('3 hours ago');
  await ann.goto('/history');
  await expect(ann, 'there is nothing else to show').toHaveURL(/\/$/);
  await expectAt(ann, 'tom', HARBOUR);

  await ann.clock.setFixedTime(Date.now());
  await server.restart();
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);
  await expect(bar(ann)).toHaveCount(0);
});

test('who signs out leaves nothing behind in the browser', async ({ ann, phone, server, guard }) => {
  guard.allow(/ERR_CONNECTION_REFUSED|ERR_FAILED|Failed to load resource|ServiceWorker/);
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 5 });
  await visit(ann, '/');
  await expect.poll(() => keepsMap(ann)).toBe(true);
  await visit(ann, '/settings');
  await ann.getByRole('button', { name: 'Sign out' }).click();
  await ann.waitForURL(/\/sign-in/);
  await expect.poll(() => keepsMap(ann)).toBe(false);
  await server.kill();
  await expect(ann.goto('/')).rejects.toThrow();
});
