import { expect, test } from '../fixtures/app.ts';
import { HARBOUR } from '../fixtures/places.ts';
import { upgradeStatus } from '../fixtures/upgrade.ts';
import { PASSWORD, fillIn, row, signIn, visit } from '../fixtures/visit.ts';

const PAGES = ['/', '/regions', '/regions?new', '/history?day=2026-05-17', '/friends', '/settings', '/admin', '/admin/broker', '/admin/console', '/admin/outlets', '/admin/audit', '/admin/invitations', '/sensors'];

test('every page asks to sign in first, and knows the way back', async ({ page, server }) => {
  await server.addUser('ann', PASSWORD, 'admin');
  for (const path of PAGES) {
    await page.goto(path);
    const shown = new URL(page.url());
    expect(shown.pathname, path).toBe('/sign-in');
    expect(shown.searchParams.get('next'), path).toBe(path);
  }
  await signIn(page, 'ann', '/history?day=2026-05-17');
  await expect(page).toHaveURL('/history?day=2026-05-17');
  await expect(page.getByLabel('Day')).toHaveValue('2026-05-17');
});

test('a wrong password is said beside the field, and the name is kept', async ({ page, server }) => {
  await server.addUser('ann', PASSWORD, 'admin');
  for (const [name, password] of [
    ['ann', 'not her sentence'],
    ['nobody', PASSWORD],
  ] as const) {
    await page.goto('/sign-in?next=%2Fregions');
    await fillIn(page, { Name: name, Password: password });
    await page.getByRole('button', { name: 'Sign in' }).click();
    // The same words whether the name or the password is wrong.
    await expect(page.getByText('Password does not belong to that name')).toBeVisible();
    await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
    await expect(page.getByLabel('Name')).toHaveValue(name);
    await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
    expect(new URL(page.url()).search, 'no password in the address').not.toContain(encodeURIComponent(password));
  }
  // The way back survives the mistake.
  await fillIn(page, { Name: 'ann', Password: PASSWORD });
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page).toHaveURL('/regions');
});

for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '/api/sign_out']) {
  test(`signing in with the way back ${next} stays on this server`, async ({ page, server }) => {
    await server.addUser('ann', PASSWORD, 'admin');
    await signIn(page, 'ann', next);
    await expect(page).toHaveURL('/');
    await expect(page.getByRole('heading', { name: 'Live map' })).toBeAttached();
  });
}

test('signing out ends the session everywhere it was', async ({ ann }) => {
  await visit(ann, '/settings');
  const cookies = await ann.context().cookies();
  await ann.getByRole('button', { name: 'Sign out' }).click();
  await expect(ann).toHaveURL('/sign-in');
  await ann.goto('/');
  await expect(ann).toHaveURL(/\/sign-in/);
  // Whoever kept the cookie has nothing.
  await ann.context().addCookies(cookies);
  await ann.goto('/');
  await expect(ann).toHaveURL(/\/sign-in/);
});

test('the session cookie is out of reach of scripts and of foreign pages', async ({ ann }) => {
  const cookie = (await ann.context().cookies()).find(({ name }) => name === 'whereabouts_session');
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
  expect(await ann.evaluate(() => document.cookie)).toBe('');
});

test('who is not signed in opens no live line, and would hear nothing on one', async ({ page, phone, server }) => {
  await server.addUser('ann', PASSWORD, 'admin');
  const tom = await phone('tom');
  await tom.report(HARBOUR);
  const lines: string[] = [];
  page.on('websocket', (socket) => lines.push(socket.url()));
  await page.goto('/sign-in');
  // The page runs when this button works; a line would have been opened by then.
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(page.getByRole('button', { name: 'Show password' })).toHaveText('Hide');
  expect(lines).toEqual([]);

  const heard = await page.evaluate(
    () =>
      new Promise<string[]>((done) => {
        const texts: Promise<string>[] = [];
        const socket = new WebSocket('/api/live');
        socket.onmessage = ({ data }) => texts.push(typeof data === 'string' ? Promise.resolve(data) : (data as Blob).text());
        socket.onclose = () => done(Promise.all(texts));
      }),
  );
  expect(heard.join()).not.toMatch(/tom|Snapshot|47\.36/);
});

test('a friend who is no admin sees no forms of admins, and cannot send them either', async ({ guard, person, phone, server }) => {
  await phone('tom');
  const bob = await person('bob', 'friend');
  await visit(bob, '/regions?new');
  await expect(bob.getByText('No regions yet')).toBeVisible();
  await expect(bob.getByLabel('Latitude')).toHaveCount(0);
  await visit(bob, '/friends');
  await expect(bob.getByRole('heading', { name: 'tom' })).toBeVisible();
  for (const heading of ['Let somebody sign in', 'Demo friends']) {
    await expect(bob.getByRole('heading', { name: heading })).toHaveCount(0);
  }
  await expect(bob.getByText('Remove', { exact: true })).toHaveCount(0);
  await expect(bob.getByRole('link', { name: 'Admin' })).toHaveCount(0);
  guard.allow(/status of 403/);
  await visit(bob, '/admin');
  await expect(bob.getByText('Only admins see what arrives at the server.')).toBeVisible();

  const some = '0'.repeat(32);
  const known = await bob.request.get('/api/latest', { headers: { accept: 'application/json' } });
  const device = (await known.json()).friends.find((one: { friend: { name: string } }) => one.friend.name === 'tom').devices[0].device.id;
  const asked: [string, Record<string, string>][] = [
    ['save_region', { name: 'Home', lat: '47', lon: '8', radius_m: '100' }],
    ['remove_region', { id: some }],
    ['add_user', { name: 'mallory', password: PASSWORD, admin: 'yes' }],
    ['remove_friend', { id: some }],
    ['add_device', { friend: 'tom', device: 'spy' }],
    ['remove_device', { id: device }],
    ['add_demo', {}],
    ['remove_demo', {}],
  ];
  for (const [name, form] of asked) {
    const answer = await bob.request.post(`/api/${name}`, { form, headers: { accept: 'application/json' } });
    expect(answer.status(), name).toBe(403);
  }
  const log = await bob.request.get('/api/messages?only_trouble=false', { headers: { accept: 'application/json' } });
  expect(log.status()).toBe(403);
  await visit(bob, '/friends');
  await expect(bob.getByText(/mallory|spy/)).toHaveCount(0);
  expect(server.panics()).toEqual([]);
});

test('without signing in no form can be sent and nothing can be asked', async ({ page, server }) => {
  await server.addUser('ann', PASSWORD, 'admin');
  const headers = { accept: 'application/json' };
  const saved = await page.request.post('/api/save_region', {
    form: { name: 'Home', lat: '47', lon: '8', radius_m: '100' },
    headers,
  });
  expect(saved.status()).toBe(401);
  for (const question of ['latest', 'messages?only_trouble=false', 'transitions', 'phone_card?device=x']) {
    const answer = await page.request.get(`/api/${question}`, { headers });
    expect(answer.status(), question).toBe(401);
  }
});

test("a foreign page can neither send a form nor open the live line with the friend's cookie", async ({ ann, server }) => {
  const cookie = (await ann.context().cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const form = { name: 'Home', lat: '47', lon: '8', radius_m: '100' };
  for (const origin of ['https://evil.example', 'null', `http://evil.${server.http}`]) {
    const answer = await ann.request.post('/api/save_region', { form, headers: { origin } });
    expect(answer.status(), `form from ${origin}`).toBe(403);
    expect(await upgradeStatus(`${server.url}/api/live`, { cookie, origin }), `line from ${origin}`).toBe(403);
  }
  expect(await upgradeStatus(`${server.url}/api/live`, { cookie, origin: server.url })).toBe(101);
  await visit(ann, '/regions');
  await expect(ann.getByText('No regions yet')).toBeVisible();
});

test('somebody let in by an admin signs in; removed, they are out', async ({ ann, visitor, guard }) => {
  guard.allow(/status of (401|403)|WebSocket/);
  await visit(ann, '/friends');
  const form = ann.getByRole('region', { name: 'Let somebody sign in' });
  await fillIn(form, { Name: 'zoe', Password: PASSWORD });
  await form.getByRole('button', { name: 'Add', exact: true }).click();
  await expect(ann.getByText('They can sign in now.')).toBeVisible();
  const zoe = await visitor();
  await signIn(zoe, 'zoe');
  await expect(row(zoe, 'ann')).toBeVisible();

  await ann.getByLabel('Remove zoe').click();
  await ann.getByRole('button', { name: 'Remove zoe' }).click();
  await expect(ann.getByRole('heading', { name: 'zoe' })).toHaveCount(0);
  await zoe.goto('/');
  await expect(zoe).toHaveURL(/\/sign-in/);
});

test('a password is changed with the old one, and the old one works no more', async ({ ann, guard, visitor }) => {
  guard.allow(/status of 422/);
  await visit(ann, '/settings');
  await fillIn(ann, { 'Old password': 'not it at all', 'New password': 'quite another sentence' });
  await ann.getByRole('button', { name: 'Change password' }).click();
  await expect(ann.getByLabel('Old password', { exact: true })).toHaveAccessibleDescription(/^Old password is not /);
  await fillIn(ann, { 'Old password': PASSWORD, 'New password': 'quite another sentence' });
  await ann.getByRole('button', { name: 'Change password' }).click();
  await expect(ann.getByText('Your password is changed.')).toBeVisible();
  const later = await visitor();
  await later.goto('/sign-in');
  await fillIn(later, { Name: 'ann', Password: PASSWORD });
  await later.getByRole('button', { name: 'Sign in' }).click();
  await expect(later.getByText('Password does not belong to that name')).toBeVisible();
  await fillIn(later, { Name: 'ann', Password: 'quite another sentence' });
  await later.getByRole('button', { name: 'Sign in' }).click();
  await expect(later).toHaveURL('/');
});
