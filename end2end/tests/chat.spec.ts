import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import type { Point } from '../fixtures/phone.ts';
import { FARM, HARBOUR, arrive } from '../fixtures/places.ts';
import { drawRegion, row, visit } from '../fixtures/visit.ts';

/** So many metres east of the harbour. */
function eastwards(metres: number): Point {
  return { lat: HARBOUR.lat, lon: HARBOUR.lon + metres / (111_195 * Math.cos((HARBOUR.lat * Math.PI) / 180)) };
}

/** The way to the messages, on every page. */
function way(page: Page): Locator {
  return page.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name: /^Messages/ });
}

function threads(page: Page): Locator {
  return page.getByRole('list', { name: 'Threads' }).getByRole('link');
}

/** A message of the thread that is open. */
function said(page: Page, text: string | RegExp): Locator {
  return page.getByRole('log', { name: 'Messages of this thread' }).locator('.chat-item').filter({ hasText: text });
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** Opens the thread with somebody by writing to them first. */
async function writeTo(page: Page, name: string, text: string): Promise<void> {
  await visit(page, '/messages?new');
  await page.getByLabel('To', { exact: true }).selectOption(name);
  await expect(page.getByText(`1 person gets it: ${name}`)).toBeVisible();
  await write(page, text);
  await expect(page).toHaveURL(/\/messages\?with=/);
  await expect(said(page, text)).toHaveCount(1);
}

test('a message is shown in another browser without reload, as text, and its sender sees it delivered and read', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await visit(ben, '/');
  await visit(ann, '/messages');
  await expect(ann.getByText('No messages yet')).toBeVisible();
  await ann.getByRole('link', { name: 'New message' }).click();
  await expect(ann.getByText('Choose to whom it is.')).toBeVisible();
  await ann.getByLabel('To', { exact: true }).selectOption('ben');
  await expect(ann).toHaveURL(/\/messages\?new&to=friend-/);
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await write(ann, 'bread!\n<b>milk</b><img src=x> see https://example.org/?a=1&b=2.');
  await expect(ann).toHaveURL(/\/messages\?with=/);

  // On whichever page he is: it is counted, and this browser has it.
  await expect(way(ben)).toHaveAccessibleName(/^Messages.*1\s*unread$/);
  await expect(said(ann, 'bread!').locator('summary')).toContainText('Delivered');
  await way(ben).click();
  await expect(threads(ben)).toHaveText([/ann.*bread! <b>milk<\/b>.*1 unread/s]);
  await expect(said(ann, 'bread!').locator('summary')).toContainText('Delivered');
  await threads(ben).first().click();
  const got = said(ben, 'bread!');
  await expect(got).toContainText('<b>milk</b><img src=x> see');
  await expect(got.locator('b, img')).toHaveCount(0);
  const link = got.getByRole('link');
  await expect(link).toHaveText('https://example.org/?a=1&b=2');
  await expect(link).toHaveAttribute('href', 'https://example.org/?a=1&b=2');
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer nofollow');
  await expect(link).toHaveAttribute('target', '_blank');
  await expect(said(ann, 'bread!').locator('summary')).toContainText('Read');
  await expect(way(ben)).toHaveAccessibleName('Messages');
  await expect(threads(ben)).not.toContainText('unread');

  // He answers, and both find the same after a reload.
  await write(ben, 'I bring some');
  await expect(said(ann, 'I bring some')).toContainText('ben');
  await expect(ben.getByRole('textbox', { name: 'Message' })).toHaveValue('');
  for (const page of [ann, ben]) {
    await page.reload();
    await expect(page.locator('.chat-text')).toHaveText([/^bread!/, 'I bring some']);
  }
  await said(ann, 'bread!').locator('summary').click();
  await expect(said(ann, 'bread!').getByRole('listitem')).toHaveText(/^ben: read/);
});

test('both tabs get it, and what is read in one is read in the other', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  const second = await ben.context().newPage();
  await visit(ben, '/messages');
  await visit(second, '/messages');
  await writeTo(ann, 'ben', 'one');
  await write(ann, 'two');
  for (const page of [ben, second]) {
    await expect(threads(page)).toHaveText([/ann.*two.*2 unread/s]);
    await expect(way(page)).toHaveAccessibleName(/2\s*unread$/);
  }
  await threads(ben).click();
  await expect(said(ben, 'two')).toHaveCount(1);
  await expect(threads(second)).not.toContainText('unread');
  await expect(way(second)).toHaveAccessibleName('Messages');
  await threads(second).click();
  await write(second, 'three');
  await expect(said(ben, 'three')).toContainText('You');
});

test('who was away finds what came, and what is earlier is put before', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await ben.goto('about:blank');
  // As many at once as one may, and more than fit on one page.
  const send = async (from: Page, to: string, number: number) => {
    const client = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
    const sent = await from.request.post('/api/v1/messages', { data: { client_id: client, to: { friend: to }, text: `number ${number}.` } });
    expect(sent.status()).toBe(201);
  };
  for (let number = 1; number <= 30; number += 1) await send(ann, 'ben', number);
  for (let number = 31; number <= 55; number += 1) await send(ben, 'ann', number);
  await visit(ben, '/');
  await expect(way(ben)).toHaveAccessibleName(/30\s*unread$/);
  await way(ben).click();
  await threads(ben).click();
  await expect(said(ben, 'number 55.')).toBeInViewport();
  await expect(said(ben, 'number 6.')).not.toBeInViewport();
  await expect(said(ben, 'number 5.')).toHaveCount(0);
  // Read is what was shown.
  await expect(way(ben)).toHaveAccessibleName(/5\s*unread$/);
  await ben.getByRole('button', { name: 'Earlier' }).click();
  await expect(ben.locator('.chat-text')).toHaveCount(55);
  await expect(ben.locator('.chat-text').first()).toHaveText('number 1.');
  await expect(ben.getByRole('button', { name: 'Earlier' })).toHaveCount(0);
  await expect(way(ben)).toHaveAccessibleName('Messages');
  // What one looks for is found in all threads.
  await ben.getByRole('searchbox', { name: 'Find in messages' }).fill('NUMBER 7.');
  await ben.getByRole('button', { name: 'Find' }).click();
  await expect(ben).toHaveURL(/find=NUMBER/);
  const found = ben.getByRole('list', { name: /^Messages with/ }).getByRole('link');
  await expect(found).toHaveText([/number 7\./]);
  await ben.getByRole('searchbox', { name: 'Find in messages' }).fill('nothing of the kind');
  await ben.getByRole('button', { name: 'Find' }).click();
  await expect(ben.getByText('Nothing found')).toBeVisible();
});

test('who gets it is told before it is sent, as it is at that moment, and to nobody nothing is sent', async ({ ann, person, phone }) => {
  const ben = await person('ben', 'friend');
  await visit(ben, '/messages?places');
  await visit(ann, '/messages?new');
  await ann.getByLabel('To', { exact: true }).selectOption('Who is around me');
  await expect(ann.getByText('Nobody would get it now.')).toBeVisible();
  await ann.getByRole('textbox', { name: 'Message' }).fill('anybody for coffee?');
  await expect(ann.getByRole('button', { name: 'Send' })).toBeDisabled();

  const [hers, his] = [await phone('ann'), await phone('ben')];
  await hers.report(eastwards(0));
  await his.report(eastwards(300));
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await expect(ann.getByRole('textbox', { name: 'Message' })).toHaveValue('anybody for coffee?');
  await his.report(eastwards(9_000));
  await expect(ann.getByText('Nobody would get it now.')).toBeVisible();
  await his.report(eastwards(100));
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await ann.getByLabel('Gone after').selectOption('15 minutes');
  await ann.getByRole('button', { name: 'Send' }).click();
  await expect(ann).toHaveURL(/\/messages\?places/);
  await expect(said(ann, 'anybody for coffee?')).toContainText(/to who was around.*until/s);
  await expect(said(ben, 'anybody for coffee?')).toContainText('ann');

  // Everybody of a group, and the way there from the map.
  await visit(ann, '/');
  await ann.getByRole('link', { name: 'Write to who is around me' }).click();
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await visit(ben, '/');
  await row(ben, 'ann').click();
  await ben.getByRole('region', { name: 'ann' }).getByRole('link', { name: 'Message' }).click();
  await expect(ben.getByRole('heading', { name: 'ann', level: 2 })).toBeVisible();
  await expect(ben.getByText('1 person gets it: ann')).toBeVisible();
});

test('what is left at a region waits there for its friend', async ({ ann, person, phone }) => {
  await drawRegion(ann, 'Home', HARBOUR);
  const ben = await person('ben', 'friend');
  const his = await phone('ben');
  await his.report({ ...FARM, minutesAgo: 30 });
  await visit(ben, '/messages?places');
  await visit(ann, '/messages?new');
  await ann.getByLabel('To', { exact: true }).selectOption('Who comes to a region…');
  await expect(ann.getByText('Choose to whom it is.')).toBeVisible();
  await ann.getByLabel('At', { exact: true }).selectOption('Home');
  await expect(ann.getByText('1 person gets it when they come: ben')).toBeVisible();
  await ann.getByLabel('For', { exact: true }).selectOption('ben');
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await write(ann, 'ring when you come home: bread!');
  await expect(said(ann, 'bread!').locator('summary')).toContainText('Waits there');
  await expect(said(ann, 'bread!')).toContainText('left at Home for ben');
  await expect(said(ben, 'bread!')).toHaveCount(0);
  await arrive(his, HARBOUR, 4);
  await expect(said(ben, 'bread!')).toContainText('left at Home for you');
  await expect(said(ann, 'bread!').locator('summary')).toContainText('Read');
});

test('what is too long is said beside its field and stays, and a message that got through once does not come twice', async ({ ann, guard, person }) => {
  guard.allow(/status of 422|Failed to load resource/);
  const ben = await person('ben', 'friend');
  await writeTo(ann, 'ben', 'first');
  const field = ann.getByRole('textbox', { name: 'Message' });
  await field.fill('x'.repeat(1990));
  await expect(ann.getByText('10 characters left')).toBeVisible();
  await field.fill('x'.repeat(2001));
  await expect(ann.getByText('1 character too many')).toBeVisible();
  await ann.getByRole('button', { name: 'Send' }).click();
  await expect(field).toHaveAccessibleDescription(/Message must be at most 2000 characters long/);
  await expect(field).toHaveValue('x'.repeat(2001));

  // The server has it, and its answer is lost.
  await ann.route('**/api/send_chat', async (route) => {
    await route.fetch();
    await route.abort();
  }, { times: 1 });
  await write(ann, 'once');
  await expect(ann.getByText('The server could not be reached.')).toBeVisible();
  await expect(field).toHaveValue('once');
  await ann.getByRole('button', { name: 'Send' }).click();
  await expect(field).toHaveValue('');
  await write(ann, 'last');
  await expect(said(ann, 'last')).toHaveCount(1);
  await expect(said(ann, 'once')).toHaveCount(1);
  await visit(ben, '/messages');
  await threads(ben).click();
  await expect(ben.locator('.chat-text')).toHaveText(['first', 'once', 'last']);
});

test('what one sent is deleted for all, what one got for oneself, and of whom one wants nothing nothing comes', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await writeTo(ann, 'ben', 'a secret');
  await write(ann, 'hello');
  await visit(ben, '/messages');
  await threads(ben).click();
  await expect(said(ben, 'a secret')).toHaveCount(1);
  await said(ann, 'a secret').locator('summary').click();
  await said(ann, 'a secret').getByRole('button', { name: 'Delete for everybody' }).click();
  for (const page of [ann, ben]) await expect(said(page, 'a secret')).toHaveCount(0);
  await said(ben, 'hello').locator('summary').click();
  await said(ben, 'hello').getByRole('button', { name: 'Delete for me' }).click();
  await expect(said(ben, 'hello')).toHaveCount(0);
  await expect(said(ann, 'hello')).toHaveCount(1);

  await ben.getByText('Block…').click();
  await ben.getByRole('button', { name: 'Block', exact: true }).click();
  await expect(ben.getByText('You want no messages of ann.')).toBeVisible();
  await write(ann, 'can you hear me?');
  await expect(said(ann, 'can you hear me?').locator('summary')).toContainText('Sent');
  await write(ben, 'not from you');
  await expect(said(ann, 'not from you')).toHaveCount(1);
  await expect(said(ben, 'can you hear me?')).toHaveCount(0);
  await expect(ben.getByRole('list', { name: 'Blocked' }).getByRole('link')).toHaveText(['ann']);
  await ben.getByRole('button', { name: 'Unblock' }).click();
  await write(ann, 'and now?');
  await expect(said(ben, 'and now?')).toHaveCount(1);
  await expect(said(ben, 'can you hear me?')).toHaveCount(0);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`messages have no serious barrier for anybody, ${colorScheme}`, async ({ ann, guard, person }) => {
    guard.allow(/Applying inline style/);
    const ben = await person('ben', 'friend');
    await ben.goto('about:blank');
    await ann.emulateMedia({ colorScheme });
    await visit(ann, '/messages');
    expect.soft(await barriers(ann), 'nothing yet').toEqual([]);
    await writeTo(ann, 'ben', 'see https://example.org');
    await said(ann, 'see').locator('summary').click();
    expect.soft(await barriers(ann), 'a thread').toEqual([]);
    await visit(ann, '/messages?new&to=around');
    await expect(ann.getByLabel('Gone after')).toBeVisible();
    expect.soft(await barriers(ann), 'a new one').toEqual([]);
  });
}

async function barriers(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ target, any }) => `${id}: ${target.join(' ')} (${any[0]?.message ?? ''})`));
}
