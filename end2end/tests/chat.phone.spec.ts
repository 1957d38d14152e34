import { expect, test } from '../fixtures/app.ts';
import { visit } from '../fixtures/visit.ts';

test('on a phone either the threads or one of them has all the room, and the form is in reach of the thumb', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await visit(ann, '/messages?new');
  await ann.getByLabel('To', { exact: true }).selectOption('ben');
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await ann.getByRole('textbox', { name: 'Message' }).fill(`${'a-word-without-an-end-'.repeat(20)} and more`);
  await ann.getByRole('button', { name: 'Send' }).tap();
  await expect(ann).toHaveURL(/\/messages\?with=/);
  await expect(ann.locator('.chat-item')).toHaveCount(1);
  await expect(ann.getByRole('heading', { name: 'ben', level: 2 })).toBeInViewport();
  await expect(ann.getByRole('list', { name: 'Threads' })).toBeHidden();
  const send = ann.getByRole('button', { name: 'Send' });
  await expect(send).toBeInViewport();
  const box = await send.boundingBox();
  expect(box!.height).toBeGreaterThanOrEqual(44);
  const width = ann.viewportSize()!.width;
  expect(await ann.evaluate(() => Math.max(...[...document.querySelectorAll('main, .chat-scroll, .chat-main')].map((part) => part.scrollWidth)))).toBeLessThanOrEqual(width);
  await ann.getByRole('link', { name: 'All messages' }).tap();
  await expect(ann.getByRole('list', { name: 'Threads' }).getByRole('link')).toHaveText([/ben/]);
  await expect(send).toBeHidden();

  await visit(ben, '/messages');
  await ben.getByRole('list', { name: 'Threads' }).getByRole('link').click();
  await ben.getByRole('textbox', { name: 'Message' }).fill('yes');
  await ben.getByRole('button', { name: 'Send' }).click();
  await expect(ann.getByRole('list', { name: 'Threads' }).getByRole('link')).toHaveText([/ben.*yes.*1 unread/s]);
});
