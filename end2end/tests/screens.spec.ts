import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { marker } from '../fixtures/map.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import type { Phone } from '../fixtures/phone.ts';
import { drawRegion, mapRoof, minutesAgo, visit } from '../fixtures/visit.ts';

const PAGES = ['/', '/?friend=tom', '/regions', '/regions?new', '/history', '/history/time', '/history/presence', '/sensors', '/sensors?new', '/sensors/Roof', '/friends', '/friends/tom/privacy', '/privacy', '/privacy?change=group', '/settings', '/admin', '/admin/broker', '/admin/console', '/admin/outlets?new'];

/** Something to be seen on every page. */
async function inhabit(ann: Page, phone: (friend: string) => Promise<Phone>): Promise<void> {
  await drawRegion(ann, 'Home', HARBOUR);
  await mapRoof(ann);
  const tom = await phone('tom');
  await tom.say('weather/roof', `${new Date().toISOString()},21.5,40`);
  await tom.report({ ...FARM, minutesAgo: 20, batt: 60 });
  await arrive(tom, HARBOUR, 9);
  const eve = await phone('eve');
  await eve.report({ ...FARM, minutesAgo: 200, batt: 12 });
  await eve.publish('{"_type":"location",');
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`no page has a serious barrier for anybody, ${colorScheme}`, async ({ ann, guard, phone, visitor }) => {
    test.setTimeout(180_000);
    // The page that is not there says so with its status, too; and what looks for barriers brings styles along.
    guard.allow(/status of 404|Applying inline style/);
    await inhabit(ann, phone);
    await ann.emulateMedia({ colorScheme });
    for (const path of PAGES) {
      await test.step(path, async () => {
        await visit(ann, path);
        await expect(ann.getByRole('heading', { level: 1 })).toBeAttached();
        if (path === '/') await expect(marker(ann, 'tom')).toBeVisible();
        expect.soft(await barriers(ann), path).toEqual([]);
      });
    }
    const stranger = await visitor();
    await stranger.emulateMedia({ colorScheme });
    for (const path of ['/sign-in', '/set-up?token=x', '/no/such/page']) {
      await stranger.goto(path);
      expect.soft(await barriers(stranger), path).toEqual([]);
    }
  });
}

async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(' ')} (${any[0]?.message ?? ''})`));
}

test('every page has the outline it should have', async ({ ann, phone }) => {
  await inhabit(ann, phone);
  const outlines: Record<string, string> = {
    '/': `
      - navigation "Pages":
        - list:
          - listitem:
            - link "Map"
          - listitem:
            - link "History"
          - listitem:
            - link "Regions"
          - listitem:
            - link "Sensors"
          - listitem:
            - link "Friends"
          - listitem:
            - link "Messages"
          - listitem:
            - link "Settings"
          - listitem:
            - link "Admin"
      - main:
        - status
        - heading "Live map" [level=1]
        - region "Friends":
          - heading "Friends" [level=2]
          - group "Order":
            - button "Newest" [pressed]
            - button "Name"
          - list:
            - listitem:
              - link /tom Home, since/
            - listitem:
              - link /eve .* from Home 3 hours ago .* battery 12/
            - listitem:
              - link /ann online Not on the map yet/
          - paragraph: 3 friends
        - region "Near me":
          - heading "Near me" [level=2]
          - paragraph: /You are not on the map/
        - application "Map":
          - tooltip "Home · 1"
          - button /eve, 3 hours ago, 12 percent/
          - button /tom, Home, ${minutesAgo(9)}/
        - link "Visible to 2 friends"
        - switch "Show me by this browser"
        - group "Map":
          - button "Change between light and dark"
          - button "Show all friends"
      - log "Comings and goings"
    `,
    '/regions': `
      - main:
        - heading "Regions" [level=1]
        - link "New region"
        - list:
          - listitem:
            - heading "Home" [level=2]
            - paragraph: /Circle, 150\\s*m around the middle/
            - paragraph: tom is here
            - link "Edit Home"
        - application "Map"
    `,
    '/regions?new': `
      - main:
        - heading "Regions" [level=1]
        - region "New region":
          - heading "New region" [level=2]
          - textbox "Name"
          - textbox "Latitude"
          - textbox "Longitude"
          - textbox "Radius": "150"
          - button "Save"
          - link "Cancel"
        - application "Map"
    `,
    '/history': `
      - main:
        - heading "History" [level=1]
        - combobox "Friend":
          - option "Everybody" [selected]
          - option "ann"
          - option "eve"
          - option "tom"
        - combobox "Region":
          - option "Everywhere" [selected]
          - option "Home"
        - combobox "What":
          - option "Both" [selected]
          - option "Arrivals"
          - option "Departures"
        - textbox "Day"
        - textbox "Until"
        - button "Show"
        - paragraph: /Times are yours/
        - heading /day \\d+ [A-Z][a-z]+ \\d{4}/ [level=2]
        - list:
          - listitem:
            - paragraph:
              - text: tom arrived at Home
              - time: /\\d\\d:\\d\\d/
    `,
    '/history/time': `
      - main:
        - heading "Time" [level=1]
        - navigation "Pages about the past":
          - link "Events"
          - link "Time"
          - link "Who was where"
        - button "Show"
        - figure:
          - list:
            - listitem: Home
          - img /Time by day and region/
        - region "Time by day and region":
          - table "How long they were where, by day":
            - rowgroup:
              - row "Day Home"
    `,
    '/history/presence': `
      - main:
        - heading "Who was where" [level=1]
        - combobox "Region"
        - textbox "When"
        - button "Show"
        - list:
          - listitem:
            - heading "Home" [level=2]
            - list:
              - listitem: /tom, since/
    `,
    '/sensors': `
      - main:
        - heading "Sensors" [level=1]
        - link "New sensor"
        - list:
          - listitem:
            - heading "Roof" [level=2]
            - paragraph:
              - code: weather/roof
            - term: Temperature
            - definition: /21\\.5\\s°C/
            - link "Edit Roof"
    `,
    '/sensors?new': `
      - main:
        - heading "Sensors" [level=1]
        - region "New sensor":
          - heading "New sensor" [level=2]
          - textbox "Name"
          - textbox "Topic"
          - combobox "Payload"
          - textbox "Time"
          - textbox "Values"
          - checkbox /Everybody may see it/
          - button "Save"
          - link "Cancel"
    `,
    '/sensors/Roof': `
      - main:
        - heading "Roof" [level=1]
        - region "Observations of Roof":
          - table "Roof, newest first":
            - rowgroup:
              - row "Time Temperature Humidity"
            - rowgroup:
              - row /21\\.5\\s°C 40\\s%/
    `,
    '/friends': `
      - main:
        - heading "Friends" [level=1]
        - list:
          - listitem:
            - heading "ann" [level=2]
            - paragraph: Admin · no device yet
          - listitem:
            - heading "eve" [level=2]
            - paragraph: Cannot sign in
            - list:
              - listitem:
                - link "phone"
                - text: seen
                - time: 3 hours ago
          - listitem:
            - heading "tom" [level=2]
        - region "Put a phone on the map":
          - heading "Put a phone on the map" [level=2]
          - combobox "Friend"
          - textbox "Device": phone
          - button "Add the phone"
        - region "Let somebody sign in":
          - textbox "Name"
          - textbox "Password"
          - checkbox /Is an admin/
          - button "Add"
        - region "Demo friends":
          - button "Add demo friends"
    `,
    '/privacy': `
      - main:
        - heading "My privacy" [level=1]
        - region "Who sees what":
          - table "What others see of you":
            - rowgroup:
              - row "Who Level History since Until Sees now Last looked Actions"
            - rowgroup:
              - row /My group Precisely the beginning for good holds for 2 friends/
              - row /eve As the group/
              - row /tom As the group/
        - region "Pause everything":
          - combobox "For how long"
          - group "Others read":
            - radio "“paused”" [checked]
            - radio /“off”/
          - button "Pause"
    `,
    '/settings': `
      - main:
        - heading "Settings" [level=1]
        - region "Signed in":
          - paragraph: ann
          - paragraph: Admin
          - button "Sign out"
        - region "How friends see you":
          - textbox "Shown name"
          - button "Picture"
          - button "Save"
        - group "Appearance":
          - radio "As my device" [checked]
          - radio "Light"
          - radio "Dark"
        - heading "Change password" [level=2]
        - textbox "Old password"
        - textbox "New password"
        - button "Change password"
    `,
    '/admin': `
      - main:
        - navigation "Pages for admins":
          - link "Log"
          - link "Broker"
          - link "Console"
        - heading "Admin" [level=1]
        - region "This server":
          - heading "This server" [level=2]
          - term: Sensors
          - definition:
            - link "Topics that are not a phone's"
        - region "Message log":
          - heading "Message log" [level=2]
          - navigation "Which messages":
            - link "All"
            - link "Only trouble"
          - list
    `,
    '/admin/broker': `
      - main:
        - navigation "Pages for admins"
        - heading "Broker" [level=1]
        - region "Connections":
          - heading "Connections" [level=2]
          - list
        - region "Refused of late":
          - heading "Refused of late" [level=2]
    `,
    '/admin/console': `
      - main:
        - navigation "Pages for admins"
        - heading "Console" [level=1]
        - textbox "Topic"
        - textbox "Type"
        - button "Filter"
        - region "Messages":
          - heading "Messages" [level=2]
          - status
          - button "Pause"
          - list
        - region "Publish a message":
          - heading "Publish a message" [level=2]
          - textbox "Topic"
          - textbox "Payload"
          - combobox "Quality of service"
          - checkbox "Keep it for those who subscribe later (retained)"
          - button "Publish"
    `,
  };
  for (const [path, outline] of Object.entries(outlines)) {
    await test.step(path, async () => {
      await visit(ann, path);
      await expect.soft(ann.locator('body')).toMatchAriaSnapshot(outline);
    });
  }
});

test('the page for signing in has the outline it should have', async ({ page, server }) => {
  await server.addUser('ann', 'a short sentence', 'admin');
  await page.goto('/sign-in');
  await expect(page.locator('body')).toMatchAriaSnapshot(`
    - link "Skip to content"
    - main:
      - heading "Sign in" [level=1]
      - textbox "Name"
      - textbox "Password"
      - button "Show password"
      - button "Sign in"
  `);
});

test('a page that is not there answers 404 and tells strangers nothing', async ({ ann, guard, phone, visitor }) => {
  guard.allow(/status of 404/);
  await phone('tom');
  expect((await ann.goto('/no/such/page'))?.status()).toBe(404);
  await expect(ann.getByRole('main')).toMatchAriaSnapshot(`
    - main:
      - heading "Nobody is here" [level=1]
      - paragraph: There is no page at this address
      - paragraph:
        - link "Back to the map"
  `);
  const stranger = await visitor();
  await stranger.goto('/no/such/page');
  await expect(stranger.getByRole('main')).toBeVisible();
  expect(await stranger.content()).not.toContain('tom');
});

test('the pages are walked without a reload, and each has its title', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/');
  await ann.evaluate(() => Object.assign(window, { notReloaded: true }));
  for (const name of ['History', 'Regions', 'Friends', 'Settings', 'Admin']) {
    await ann.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
    await expect(ann.getByRole('heading', { level: 1, name })).toBeVisible();
    await expect(ann).toHaveTitle(`${name} · Whereabouts`);
    await expect(ann.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', 'page');
  }
  await ann.getByRole('link', { name: 'Map', exact: true }).click();
  await expect(marker(ann, 'tom')).toBeVisible();
  await expect(ann).toHaveTitle('Whereabouts');
  expect(await ann.evaluate(() => 'notReloaded' in window)).toBe(true);
});

test('the way to a section is marked on all of its pages', async ({ ann }) => {
  for (const [path, name, mark] of [
    ['/history/time', 'History', 'true'],
    ['/history/presence', 'History', 'true'],
    ['/regions?new', 'Regions', 'page'],
    ['/admin/broker', 'Admin', 'true'],
  ] as const) {
    await visit(ann, path);
    const pages = ann.getByRole('navigation', { name: 'Pages', exact: true });
    await expect(pages.getByRole('link', { name, exact: true })).toHaveAttribute('aria-current', mark);
    await expect(pages.getByRole('link', { name: 'Map', exact: true })).not.toHaveAttribute('aria-current');
  }
});

test('the chosen appearance stays after a reload', async ({ ann }) => {
  await ann.emulateMedia({ colorScheme: 'light' });
  await visit(ann, '/settings');
  await ann.getByLabel('Dark').check();
  await expect(ann.locator('html')).toHaveCSS('color-scheme', 'dark');
  await ann.reload();
  await expect(ann.locator('html')).toHaveCSS('color-scheme', 'dark');
  await expect(ann.getByLabel('Dark')).toBeChecked();
  await ann.getByLabel('As my device').check();
  await expect(ann.locator('html')).toHaveCSS('color-scheme', 'light');
});

test('everything on the live map is reached and used by keyboard', async ({ ann, phone }) => {
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  await visit(ann, '/');
  await ann.keyboard.press('Tab');
  await expect(ann.getByRole('link', { name: 'Skip to content' })).toBeFocused();
  await marker(ann, 'tom').focus();
  await ann.keyboard.press('Enter');
  await expect(ann.getByRole('region', { name: 'tom' })).toBeVisible();
  await expect(marker(ann, 'tom')).toBeFocused();
});
