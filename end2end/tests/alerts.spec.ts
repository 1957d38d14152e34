import { createECDH, randomBytes } from 'node:crypto';
import { type IncomingMessage, type Server as HttpServer, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/app.ts';
import type { Phone } from '../fixtures/phone.ts';
import { FARM, HARBOUR } from '../fixtures/places.ts';
import { drawRegion, fillIn, visit } from '../fixtures/visit.ts';

// Messages may go to this machine.
test.use({ serverArgs: ['--alert-networks', '127.0.0.0/8'] });

/** A web server as somebody may have one; keeps what it got, and answers as it is told. */
class Receiver {
  readonly got: { path: string; body: Buffer }[] = [];
  status = 200;
  private server: HttpServer | undefined;

  async open(): Promise<string> {
    this.server = createServer((question: IncomingMessage, answer) => {
      const parts: Buffer[] = [];
      question.on('data', (part: Buffer) => parts.push(part));
      question.on('end', () => {
        this.got.push({ path: question.url ?? '', body: Buffer.concat(parts) });
        answer.writeHead(this.status).end();
      });
    });
    await new Promise<void>((done) => this.server!.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => this.server?.close(done) ?? done(undefined));
  }
}

function way(page: Page, name: string): Locator {
  return page.getByRole('list', { name: 'Ways', exact: true }).getByRole('listitem').filter({ hasText: `${name}: ` });
}

/** Makes a rule in the form: of everybody at every region, on an open page, unless `more` says otherwise. */
async function makeRule(page: Page, more: (form: Locator) => Promise<void> = async () => undefined): Promise<void> {
  await visit(page, '/alerts');
  await page.getByRole('link', { name: 'New rule' }).click();
  await more(page.getByRole('region', { name: 'New rule' }));
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
}

/** Was far away, and came to the harbour three minutes ago. */
async function comes(phone: Phone): Promise<void> {
  for (const minutesAgo of [12, 10]) await phone.report({ ...FARM, minutesAgo });
  for (const minutesAgo of [4, 3]) await phone.report({ ...HARBOUR, minutesAgo });
}

test('a rule made in the form tells on the page when the friend arrives, and stands among what was told', async ({ ann, guard, phone }) => {
  guard.allow(/Applying inline style/);
  const tom = await phone('tom');
  await drawRegion(ann, 'Harbour', HARBOUR);
  await visit(ann, '/settings');
  await ann.getByRole('link', { name: 'When I am told' }).click();
  await expect(ann.getByText('Nobody is watched yet')).toBeVisible();
  await expect(ann.getByText('Nothing over the last 30 days.')).toBeVisible();
  expect((await new AxeBuilder({ page: ann }).setLegacyMode(true).analyze()).violations).toEqual([]);

  await makeRule(ann, async (form) => {
    await expect(form.getByRole('checkbox', { name: 'tom' })).toBeHidden();
    await form.getByRole('radio', { name: 'These friends:' }).check();
    await form.getByRole('checkbox', { name: 'tom' }).check();
    await form.getByRole('radio', { name: 'These regions:' }).check();
    await form.getByRole('checkbox', { name: 'Harbour' }).check();
  });
  const rules = ann.getByRole('list', { name: 'Rules' });
  await expect(rules).toContainText('when tom arrives at Harbour, on an open page');

  await comes(tom);
  await expect(ann.getByRole('link', { name: 'tom arrived at Harbour' }).first()).toBeVisible();
  const told = ann.getByRole('list', { name: 'Alerts', exact: true });
  await expect(told).toContainText('tom arrived at Harbour');
  await expect(told).toContainText('open page: sent');
  await expect(way(ann, 'open page')).toContainText('Last alert: sent');
  expect((await new AxeBuilder({ page: ann }).setLegacyMode(true).analyze()).violations).toEqual([]);

  await rules.getByRole('link', { name: /^Change/ }).click();
  const form = ann.getByRole('region', { name: 'Change the rule' });
  await expect(form.getByRole('checkbox', { name: 'tom' })).toBeChecked();
  await form.getByLabel('Does what').selectOption('leaves');
  await form.getByRole('checkbox', { name: 'On', exact: true }).uncheck();
  await form.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(rules).toContainText('when tom leaves Harbour, on an open page; off');

  await rules.getByText('Remove', { exact: true }).click();
  await rules.getByRole('button', { name: 'Remove the rule' }).click();
  await expect(ann.getByText('Nobody is watched yet')).toBeVisible();
});

test('what is wrong with a rule stands beside its field', async ({ ann, guard }) => {
  guard.allow(/status of 422/);
  await visit(ann, '/alerts?new');
  const form = ann.getByRole('region', { name: 'New rule' });
  const save = form.getByRole('button', { name: 'Save', exact: true });
  await form.getByRole('radio', { name: 'These friends:' }).check();
  await save.click();
  await expect(form.getByRole('group', { name: 'Tell me when' })).toHaveAccessibleDescription(/^Friends must be all, or 1 to 50/);

  await form.getByRole('radio', { name: 'Anybody of my groups' }).check();
  await form.getByRole('checkbox', { name: 'on an open page' }).uncheck();
  await save.click();
  await expect(form.getByRole('group', { name: 'How', exact: true })).toHaveAccessibleDescription(/^Ways must be one at least/);

  await form.getByRole('checkbox', { name: 'on an open page' }).check();
  await form.getByText('Only at certain hours').click();
  // As long as nobody has said, the clocks are those of this browser.
  await expect(form.getByLabel('Time zone')).toHaveValue(/^Asia\/(Kolkata|Calcutta)$/);
  await fillIn(form, { Hours: 'soon' });
  await save.click();
  await expect(form.getByLabel('Hours', { exact: true })).toHaveAccessibleDescription(/^Hours /);
  await fillIn(form, { Hours: 'Mon-Fri 07:00-09:00', 'Time zone': 'Europe/Atlantis' });
  await save.click();
  await expect(form.getByLabel('Time zone')).toHaveAccessibleDescription(/^Time zone /);
  await fillIn(form, { 'Time zone': 'Europe/Zurich' });
  await save.click();
  await expect(ann.getByRole('list', { name: 'Rules' })).toContainText('any region (Mon-Fri 07:00-09:00), on an open page');
});

test('a webhook is set up and tested, and says how that went', async ({ ann, guard }) => {
  guard.allow(/status of 422/);
  guard.allow(/Applying inline style/);
  const receiver = new Receiver();
  const url = await receiver.open();
  await visit(ann, '/alerts');
  await ann.getByText('Set up a webhook').click();
  await fillIn(ann, { URL: 'nothing' });
  await ann.getByRole('button', { name: 'Save the webhook' }).click();
  await expect(ann.getByLabel('URL', { exact: true })).toHaveAccessibleDescription(/^URL /);
  await fillIn(ann, { URL: `${url}/in` });
  await ann.getByRole('button', { name: 'Save the webhook' }).click();
  await expect(way(ann, 'webhook')).toContainText(`${url}/in`);
  await expect(ann.getByText('The secret of the webhook')).toBeVisible();

  await way(ann, 'webhook').getByRole('button', { name: 'Test webhook' }).click();
  await expect(way(ann, 'webhook')).toContainText('The test is sent: look whether it arrives.');
  expect(JSON.parse(receiver.got[0]!.body.toString())).toMatchObject({ test: true, title: 'A test of your alerts' });
  receiver.status = 500;
  await way(ann, 'webhook').getByRole('button', { name: 'Test webhook' }).click();
  await expect(way(ann, 'webhook')).toContainText('The test did not work: the server there answered 500.');
  await expect(way(ann, 'webhook')).not.toContainText('The test is sent');
  expect((await new AxeBuilder({ page: ann }).setLegacyMode(true).analyze()).violations).toEqual([]);

  await way(ann, 'webhook').getByText('Remove', { exact: true }).click();
  await way(ann, 'webhook').getByRole('button', { name: 'Remove this way' }).click();
  await expect(way(ann, 'webhook')).toHaveCount(0);
  await expect(ann.getByText('The secret of the webhook')).toHaveCount(0);
  await receiver.close();
});

test('where notifications are refused the page says so', async ({ ann }) => {
  await ann.addInitScript(() => Object.defineProperty(Notification, 'permission', { get: () => 'denied' }));
  await visit(ann, '/alerts');
  await expect(ann.getByText('This browser does not allow notifications of this site.')).toBeVisible();
  await expect(ann.getByRole('button', { name: 'Turn on in this browser' })).toHaveCount(0);
});

test('where a browser knows no push messages the page says so', async ({ ann }) => {
  await ann.addInitScript(() => Reflect.deleteProperty(window, 'PushManager'));
  await visit(ann, '/alerts');
  await expect(ann.getByText('This browser knows no push messages.')).toBeVisible();
});

test.describe('with a service worker', () => {
  test.use({ serviceWorkers: 'allow' });

  test('push messages are turned on and off in a browser, and end with signing out', async ({ ann, context }) => {
    // The push service of a browser's maker is nobody here: it is played by a server of this machine.
    const receiver = new Receiver();
    const url = await receiver.open();
    const browser = createECDH('prime256v1');
    browser.generateKeys();
    const keys = { p256dh: browser.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') };
    await context.grantPermissions(['notifications']);
    await ann.addInitScript(
      ({ endpoint, keys }) => {
        const said = {
          endpoint,
          toJSON: () => ({ endpoint, keys }),
          unsubscribe: () => {
            localStorage.removeItem('subscribed');
            return Promise.resolve(true);
          },
        };
        Notification.requestPermission = () => Promise.resolve('granted');
        PushManager.prototype.getSubscription = () => Promise.resolve(localStorage.getItem('subscribed') ? said : null) as never;
        PushManager.prototype.subscribe = (options) => {
          localStorage.setItem('subscribed', String(options?.applicationServerKey));
          return Promise.resolve(said) as never;
        };
        Object.defineProperty(Notification, 'permission', { get: () => 'granted' });
      },
      { endpoint: `${url}/push/1`, keys },
    );
    await visit(ann, '/alerts');
    await ann.getByRole('button', { name: 'Turn on in this browser' }).click();
    await expect(ann.getByText('On in this browser.')).toBeVisible();
    await expect(ann.getByRole('list', { name: 'Browsers' })).toContainText('This browser');
    await expect(way(ann, 'push message')).toContainText('one browser');
    await way(ann, 'push message').getByRole('button', { name: 'Test push message' }).click();
    await expect(way(ann, 'push message')).toContainText('The test is sent');
    expect(receiver.got[0]).toMatchObject({ path: '/push/1' });
    expect(receiver.got[0]!.body.includes('A test of your alerts'), 'it is encrypted').toBe(false);

    // It is known again after a while.
    await visit(ann, '/alerts');
    await ann.getByRole('button', { name: 'Turn off in this browser' }).click();
    await expect(ann.getByRole('button', { name: 'Turn on in this browser' })).toBeVisible();
    await expect(way(ann, 'push message')).toHaveCount(0);

    await ann.getByRole('button', { name: 'Turn on in this browser' }).click();
    await expect(ann.getByText('On in this browser.')).toBeVisible();
    await visit(ann, '/settings');
    await ann.getByRole('button', { name: 'Sign out' }).click();
    await ann.waitForURL(/\/sign-in/);
    await fillIn(ann, { Name: 'ann', Password: 'a short sentence' });
    await ann.getByRole('button', { name: 'Sign in' }).click();
    await ann.waitForURL((to) => to.pathname === '/');
    await visit(ann, '/alerts');
    await expect(ann.getByRole('button', { name: 'Turn on in this browser' })).toBeVisible();
    await expect(way(ann, 'push message')).toHaveCount(0);
    await receiver.close();
  });
});
