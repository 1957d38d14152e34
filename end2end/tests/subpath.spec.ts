import { expect, test } from '@playwright/test';
import { Guard } from '../fixtures/guard.ts';
import { Phone } from '../fixtures/phone.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { Proxy } from '../fixtures/proxy.ts';
import { Server } from '../fixtures/server.ts';
import { PASSWORD, fillIn, minutesAgo, row, saveRegion } from '../fixtures/visit.ts';

for (const cuts of [true, false]) {
  test(`below a path of another site's host everything stays there; the proxy ${cuts ? 'cuts it off' : 'hands it on'}`, async ({ context, page }) => {
    const proxy = await Proxy.open('/where', cuts);
    const here = `http://${proxy.host}/where`;
    const server = await Server.start(['--public-url', here]);
    const guard = new Guard(proxy.host);
    let tom: Phone | undefined;
    try {
      proxy.to = server.http;
      guard.watch(context);
      await server.addUser('ann', PASSWORD, 'admin');
      tom = new Phone(server, await server.addDevice('tom', 'phone'));

      await page.goto(here);
      await expect(page).toHaveURL(`${here}/sign-in?next=%2F`);
      await fillIn(page, { Name: 'ann', Password: PASSWORD });
      const line = page.waitForEvent('websocket');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await expect(page).toHaveURL(`${here}/`);
      expect((await line).url()).toBe(`ws://${proxy.host}/where/api/live`);
      await expect(row(page, 'tom')).toBeVisible();

      // A movement comes by the live line; opening the card changes the address.
      await tom.report(HARBOUR);
      await expect(row(page, 'tom')).toContainText(new RegExp(minutesAgo(0)));
      await row(page, 'tom').click();
      await expect(page).toHaveURL(new RegExp(`^${here}/\\?`));
      await page.reload();
      await expect(page.getByRole('heading', { name: 'tom' })).toBeVisible();

      const places = page.getByRole('navigation', { name: 'Pages', exact: true });
      for (const [name, path] of [['History', '/history'], ['Friends', '/friends'], ['Admin', '/admin'], ['Regions', '/regions']] as const) {
        await places.getByRole('link', { name, exact: true }).click();
        await expect(page).toHaveURL(`${here}${path}`);
        await expect(places.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'page');
      }
      await page.getByRole('link', { name: 'New region' }).click();
      await saveRegion(page, { Name: 'Harbour', Latitude: `${HARBOUR.lat}`, Longitude: `${HARBOUR.lon}`, Radius: '150' });
      await expect(page.getByText('The region is saved.')).toBeVisible();
      await expect(page).toHaveURL(new RegExp(`^${here}/regions\\?saved=`));
      await places.getByRole('link', { name: 'Map', exact: true }).click();
      await expect(page).toHaveURL(`${here}/`);

      // Without a slash at the end it is the same page.
      await page.goto(here);
      await expect(page).toHaveURL(`${here}/`);
      await expect(row(page, 'tom')).toBeVisible();
      await places.getByRole('link', { name: 'Settings', exact: true }).click();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await expect(page).toHaveURL(`${here}/sign-in`);
    } finally {
      await tom?.close();
      await page.close();
      await proxy.close();
      await server.remove();
    }
    expect(proxy.strayed, 'nothing is asked elsewhere').toEqual([]);
    expect(guard.problems).toEqual([]);
    expect(server.panics()).toEqual([]);
  });
}
