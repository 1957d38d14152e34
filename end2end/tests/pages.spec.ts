// Every page there is, for everybody and at both widths: none complains, fails, or is wider than its window.

import { readFileSync } from 'node:fs';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import type { Phone } from '../fixtures/phone.ts';
import type { Server } from '../fixtures/server.ts';
import { PASSWORD, drawRegion, mapRoof, signIn } from '../fixtures/visit.ts';

/** The routes of the product, each with addresses to open. What is in braces is made by [`inhabit`]. */
const PAGES: Record<string, string[]> = {
  '/': ['/', '/?friend=tom'],
  '/history': ['/history', '/history?friend={tom}'],
  '/history/time': ['/history/time'],
  '/history/presence': ['/history/presence'],
  '/regions': ['/regions', '/regions?new', '/regions?edit={home}', '/regions?versions={home}'],
  '/friends': ['/friends', '/friends?group={choir}'],
  '/friends/:friend/card': ['/friends/tom/card'],
  '/friends/:friend/regions/:region': ['/friends/tom/regions/{home}'],
  '/friends/:friend/privacy': ['/friends/tom/privacy'],
  '/friends/:friend/privacy/data': ['/friends/tom/privacy/data'],
  '/friends/:friend/log': ['/friends/tom/log'],
  '/friends/:friend/:device': ['/friends/tom/phone'],
  '/messages': ['/messages', '/messages?with={tom}', '/messages?with={ben}', '/messages?places', '/messages?new', '/messages?new&to=region&region={home}', '/messages?find=bread'],
  '/sensors': ['/sensors', '/sensors?new'],
  '/sensors/:name': ['/sensors/Roof'],
  '/alerts': ['/alerts', '/alerts?new'],
  '/groups': ['/groups'],
  '/privacy': ['/privacy', '/privacy?change=group', '/privacy?as={tom}'],
  '/privacy/data': ['/privacy/data'],
  '/privacy/log': ['/privacy/log'],
  '/settings': ['/settings'],
  '/admin': ['/admin', '/admin?only=trouble'],
  '/admin/broker': ['/admin/broker'],
  '/admin/console': ['/admin/console'],
  '/admin/outlets': ['/admin/outlets', '/admin/outlets?new'],
  '/admin/audit': ['/admin/audit'],
  '/admin/self-test': ['/admin/self-test'],
  '/admin/server': ['/admin/server'],
  '/admin/storage': ['/admin/storage'],
  '/admin/invitations': ['/admin/invitations'],
  '/phone/:token': ['/phone/none', '/phone/{link}'],
  '/invitation': ['/invitation', '/invitation?token={invitation}'],
  '/sign-in': ['/sign-in'],
  '/set-up': ['/set-up?token=none'],
};

// As people have it: with what works beside the pages.
test.use({ serviceWorkers: 'allow' });

/** Where nobody need be signed in. */
const OPEN = /^\/(phone\/|invitation|sign-in|set-up)/;

/** Who looks, by the name they sign in with. What is not for them says so on the page. */
const VIEWERS: Record<string, string | undefined> = {
  'an admin of the server': 'ann',
  'an admin of a group': 'ben',
  'a friend': 'eve',
  'a stranger': undefined,
};

const WIDTHS = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

test('every route of the product has an address here', () => {
  const source = readFileSync(new URL('../../app/src/app.rs', import.meta.url), 'utf8');
  const routes = [...source.matchAll(/path!\("(?<route>[^"]+)"\)/g)].map((route) => route.groups?.route);
  expect(routes.length, 'they are found at all').toBeGreaterThan(20);
  expect(Object.keys(PAGES).sort()).toEqual(routes.sort());
});

for (const [width, options] of Object.entries(WIDTHS)) {
  for (const [who, name] of Object.entries(VIEWERS)) {
    test(`no page complains, fails or is too wide for ${who}, ${width}`, async ({ ann, browser, phone, server }) => {
      test.setTimeout(300_000);
      const made = await inhabit(ann, server, phone);
      const context = await browser.newContext({ ...options, baseURL: server.url });
      await context.addInitScript(tellWhenTakenOver);
      const page = await context.newPage();
      if (name) await signIn(page, name);
      const complaints = watch(context, server.http);
      for (const template of Object.values(PAGES).flat()) {
        const path = template.replace(/\{(\w+)\}/g, (_, what: string) => made[what] ?? what);
        await test.step(template, async () => {
          const status = (await page.goto(path))?.status();
          await page.waitForFunction(() => 'hasTakenOver' in window);
          await expect(page.getByRole('heading', { level: 1 }), template).toBeAttached();
          await expect(page.locator('.loading'), template).toHaveCount(0);
          expect.soft(status, `${template}: status`).toBe(200);
          if (!name) expect.soft(/^\/sign-in\?next=/.test(here(page)), `${template}: where one is sent`).toBe(!OPEN.test(path));
          expect.soft(complaints.splice(0), `${template}: complaints`).toEqual([]);
          expect.soft(await tooWide(page, options.viewport.width), `${template}: too wide`).toEqual([]);
        });
      }
      await context.close();
    });
  }
}

/** Something to be seen on every page, and everybody who looks. */
async function inhabit(ann: Page, server: Server, phone: (friend: string, device?: string) => Promise<Phone>): Promise<Record<string, string>> {
  for (const friend of ['ben', 'eve']) await server.addUser(friend, PASSWORD, 'friend');
  await drawRegion(ann, 'Home', HARBOUR);
  await mapRoof(ann);
  const tom = await phone('tom');
  await tom.say('weather/roof', `${new Date().toISOString()},21.5,40`);
  await tom.report({ ...FARM, minutesAgo: 20, batt: 60 });
  await arrive(tom, HARBOUR, 9);
  // A name that is broken nowhere, as long as they may be; and a message that nobody can read.
  const long = await phone('Bartholomea-Maximiliane-Wilhelmine-Konstantinopolitanska', 'the-second-telephone-of-the-grandmother');
  await long.report({ ...FARM, minutesAgo: 200, batt: 12 });
  await long.publish(`{"_type":"location","x":"${'y'.repeat(500)}`);

  const ask = async (path: string, body?: object, method = body ? 'POST' : 'GET') => {
    const answer = await ann.request.fetch(`/api/v1/${path}`, { method, data: body });
    expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
    return answer.json();
  };
  const named = (list: { items: { id: string; name: string }[] }, name: string) => list.items.find((item) => item.name === name)?.id ?? '';
  const groups: { items: { id: string }[] } = await ask('groups');
  await ask(`groups/${groups.items[0]?.id}/members/ben`, { role: 'admin' }, 'PUT');
  const choir: { id: string } = await ask('groups', { name: 'Choir' });
  const link: { url: string } = await ask('device-links', { friend: 'tom', device: 'tablet' });
  const invitation: { link: string } = await ask('invitations', { name: 'kim' });
  return {
    choir: choir.id,
    tom: named(await ask('friends'), 'tom'),
    ben: named(await ask('friends'), 'ben'),
    home: named(await ask('regions'), 'Home'),
    link: link.url.split('/').at(-1) ?? '',
    invitation: new URL(invitation.link).searchParams.get('token') ?? '',
  };
}

/** Runs in the page: says when the program has taken over from the server's drawing. */
function tellWhenTakenOver(): void {
  const compile = WebAssembly.instantiateStreaming.bind(WebAssembly);
  WebAssembly.instantiateStreaming = async (...program: Parameters<typeof compile>) => {
    const compiled = await compile(...program);
    // It takes over in the same turn; what it does next, in those that follow.
    setTimeout(() => requestAnimationFrame(() => setTimeout(() => Object.assign(window, { hasTakenOver: true }))));
    return compiled;
  };
}

interface Complaint {
  text: string;
  /** The address it is about. */
  at: string;
}

/** Everything that a browser finds wrong. */
function watch(context: BrowserContext, host: string): Complaint[] {
  const complaints: Complaint[] = [];
  context.on('console', (message) => {
    if (/^(warning|error|assert)$/.test(message.type())) complaints.push({ text: message.text(), at: message.location().url });
  });
  context.on('weberror', (error) => complaints.push({ text: `${error.error()}`, at: error.page()?.url() ?? '' }));
  context.on('request', (request) => {
    if (/^https?:/.test(request.url()) && new URL(request.url()).host !== host) complaints.push({ text: 'asked another host', at: request.url() });
  });
  context.on('requestfailed', (request) => {
    // A page that is left takes its questions back.
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') complaints.push({ text: why, at: request.url() });
  });
  context.on('response', (response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest()) complaints.push({ text: `answered ${response.status()}`, at: response.url() });
  });
  return complaints;
}

function here(page: Page): string {
  const { pathname, search } = new URL(page.url());
  return pathname + search;
}

/** What reaches beyond the window, where anything does: one would have to scroll sideways. */
async function tooWide(page: Page, width: number): Promise<string[]> {
  return page.evaluate((width) => {
    const parts = [document.documentElement, document.body, ...document.querySelectorAll('main')];
    const widest = Math.max(...parts.map((part) => part.scrollWidth));
    if (widest <= width) return [];
    const culprits = [...document.body.querySelectorAll('*')].filter((part) => part.getBoundingClientRect().right > width + 0.5);
    return [`${widest} of ${width}`, ...culprits.slice(-3).map((part) => `${part.tagName} ${part.className} ${part.textContent?.slice(0, 40)}`)];
  }, width);
}
