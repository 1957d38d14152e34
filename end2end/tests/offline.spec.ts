// What a friend sees where the server is out of reach.

import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';
import { CLOCK, PASSWORD, signIn, visit } from '../fixtures/visit.ts';

test.use({ serviceWorkers: 'allow' });

/** The map that the browser keeps. */
const kept = (page: Page) => page.evaluate(async () => (await caches.match(new URL('/', location.href)))?.text() ?? '');

/** The map is kept, as it is by now: with a friend who says that. */
const keeps = (page: Page, friend: string) => expect.poll(() => kept(page)).toMatch(new RegExp(String.raw`\b${friend}\b`));

const bar = (page: Page) => page.getByRole('status').filter({ hasText: 'reconnecting' });

const AWAY = /WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_FAILED|Failed to load resource|ServiceWorker|service worker/;

test('out of reach of the server the map is as it was last seen, with its age, and says when that was', async ({ ann, guard, phone, server }) => {
  guard.allow(AWAY);
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 5 });
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);
  await keeps(ann, 'tom');

  await tom.close();
  await server.kill();
  // Three hours later somebody opens the page again.
  await ann.clock.setFixedTime(Date.now() + 3 * 3_600_000);
  await ann.reload();
  await expectAt(ann, 'tom', HARBOUR);
  await expect(bar(ann)).toContainText(new RegExp(`Showing ${CLOCK} – reconnecting…`));
  await expect(ann.getByRole('region', { name: 'Friends' })).toContainText('3 hours ago');
  // An address that asks for more than the map leads to the map.
  await ann.goto('/?friend=tom');
  await expect(ann).toHaveURL(/\/$/);
  await expectAt(ann, 'tom', HARBOUR);
  await expect(ann.goto('/history'), 'there is nothing else to show').rejects.toThrow();

  await server.restart();
  await ann.clock.setFixedTime(Date.now());
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);
  await expect(bar(ann)).toHaveCount(0);
});

test('what is kept is how things were when the page was left', async ({ ann, guard, phone, server }) => {
  guard.allow(AWAY);
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 5 });
  await visit(ann, '/');
  await keeps(ann, 'tom');
  const mira = await phone('mira');
  await mira.report({ ...FARM, minutesAgo: 1 });
  await expectAt(ann, 'mira', FARM);
  await visit(ann, '/history');
  await keeps(ann, 'mira');
  await server.kill();
  await ann.goto('/');
  await expectAt(ann, 'mira', FARM);
});

test('who signs out leaves nothing behind, and who comes after finds nothing of others', async ({ ann, guard, phone, server }) => {
  guard.allow(AWAY);
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 5 });
  await visit(ann, '/');
  await keeps(ann, 'tom');
  // Her session is over without a word: the next page in this browser is for nobody.
  const cookies = await ann.context().cookies();
  await ann.context().clearCookies();
  await ann.goto('/sign-in');
  await expect.poll(() => kept(ann)).toBe('');
  await ann.context().addCookies(cookies);
  await visit(ann, '/');
  await keeps(ann, 'tom');

  await visit(ann, '/settings');
  await ann.getByRole('button', { name: 'Sign out' }).click();
  await ann.waitForURL(/\/sign-in/);
  await expect.poll(() => kept(ann)).toBe('');

  await server.addUser('zoe', PASSWORD, 'friend');
  await signIn(ann, 'zoe');
  await visit(ann, '/');
  await keeps(ann, 'zoe');
  await server.kill();
  await ann.reload();
  await expect(ann.getByRole('region', { name: 'Friends' })).toContainText('zoe');
});
