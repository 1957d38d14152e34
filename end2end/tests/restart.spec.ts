import { expect, test } from '../fixtures/app.ts';
import { expectAt } from '../fixtures/map.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { CLOCK, drawRegion, entry, visit } from '../fixtures/visit.ts';

test('the page says that the server is gone, and recovers by itself when it is back; nothing is lost or doubled', async ({
  ann,
  guard,
  person,
  phone,
  server,
}) => {
  guard.allow(/WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET/);
  await drawRegion(ann, 'Home', HARBOUR);
  const tom = await phone('tom');
  await tom.report({ ...FARM, minutesAgo: 20 });
  await arrive(tom, HARBOUR, 10);
  const bob = await person('bob', 'friend');
  await visit(bob, '/history');
  await expect(entry(bob, 'tom arrived at Home')).toHaveCount(1);
  await visit(ann, '/');
  await expectAt(ann, 'tom', HARBOUR);
  await ann.evaluate(() => Object.assign(window, { notReloaded: true }));

  await server.kill();
  await tom.close();
  const bar = (page: typeof ann) => page.getByRole('status').filter({ hasText: 'reconnecting' });
  for (const page of [ann, bob]) await expect(bar(page)).toContainText(new RegExp(`Showing ${CLOCK} – reconnecting…`));
  // What was known stays readable.
  await expectAt(ann, 'tom', HARBOUR);

  await server.restart();
  for (const page of [ann, bob]) await expect(bar(page)).toHaveCount(0, { timeout: 25_000 });
  await expectAt(ann, 'tom', HARBOUR);
  // The phone was not sure that its last message had arrived, and sends it again.
  await tom.report({ ...HARBOUR, minutesAgo: 10 });
  await arrive(tom, FARM, 1);
  await expectAt(ann, 'tom', FARM);
  expect(await ann.evaluate(() => 'notReloaded' in window)).toBe(true);

  const told = bob.getByRole('main').getByText(/tom (arrived|left)/);
  await expect(told).toHaveText([/left Home/, /arrived at Home/]);
  await bob.reload();
  await expect(told).toHaveText([/left Home/, /arrived at Home/]);
});

test('what came while the line was cut is there when it stands again', async ({ ann, context, guard, phone }) => {
  guard.allow(/WebSocket|ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  const tom = await phone('tom');
  await tom.report({ ...HARBOUR, minutesAgo: 5 });
  let cut = async () => {};
  await ann.routeWebSocket(/\/api\/live/, (socket) => {
    const far = socket.connectToServer();
    cut = async () => {
      await socket.close();
      await far.close();
    };
  });
  await ann.goto('/');
  await expectAt(ann, 'tom', HARBOUR);
  await context.setOffline(true);
  await cut();
  await expect(ann.getByRole('status').filter({ hasText: 'reconnecting' })).toBeVisible();
  await tom.report({ ...FARM, minutesAgo: 0 });
  await context.setOffline(false);
  await expectAt(ann, 'tom', FARM);
  await expect(ann.getByRole('status').filter({ hasText: 'reconnecting' })).toHaveCount(0);
});
