import { expect, test } from '../fixtures/app.ts';

test('without script one writes, is told who gets it, reads, finds, deletes and blocks', async ({ ann, person }) => {
  const ben = await person('ben', 'friend');
  await ann.goto('/messages');
  await expect(ann.getByText('No messages yet')).toBeVisible();
  await ann.getByRole('link', { name: 'New message' }).click();
  await ann.getByLabel('To', { exact: true }).selectOption('Who is here with me');
  await ann.getByRole('button', { name: 'Who gets it?' }).click();
  await expect(ann.getByText('Nobody would get it now.')).toBeVisible();
  await ann.getByRole('textbox', { name: 'Message' }).fill('anybody?');
  await ann.getByRole('button', { name: 'Send' }).click();
  await expect(ann.getByLabel('To', { exact: true })).toHaveAccessibleDescription('To reaches nobody at the moment');
  await expect(ann.getByRole('textbox', { name: 'Message' })).toHaveValue('anybody?');

  await ann.getByLabel('To', { exact: true }).selectOption('ben');
  await ann.getByRole('button', { name: 'Who gets it?' }).click();
  await expect(ann.getByText('1 person gets it: ben')).toBeVisible();
  await ann.getByRole('textbox', { name: 'Message' }).fill('bread!\n<b>milk</b> https://example.org');
  await ann.getByRole('button', { name: 'Send' }).click();
  await expect(ann).toHaveURL(/\/messages\?with=/);
  await expect(ann.locator('.chat-text')).toHaveText(/^bread!\s<b>milk<\/b>/);

  await ben.goto('/');
  const way = ben.getByRole('navigation', { name: 'Pages', exact: true }).getByRole('link', { name: /^Messages/ });
  await expect(way).toHaveAccessibleName(/1\s*unread$/);
  await way.click();
  await ben.getByRole('list', { name: 'Threads' }).getByRole('link').click();
  await expect(ben.locator('.chat-text').getByRole('link')).toHaveAttribute('href', 'https://example.org');
  await ben.getByRole('button', { name: 'I have read them' }).click();
  await expect(way).toHaveAccessibleName('Messages');
  await ann.reload();
  await expect(ann.locator('.chat-item summary')).toContainText('Read');

  await ben.getByLabel('Find in messages').fill('MILK');
  await ben.getByRole('button', { name: 'Find' }).click();
  await expect(ben.getByRole('list', { name: /^Messages with/ }).getByRole('link')).toHaveCount(1);
  await ben.getByRole('list', { name: /^Messages with/ }).getByRole('link').click();
  await ben.getByText('Block…').click();
  await ben.getByRole('button', { name: 'Block', exact: true }).click();
  await expect(ben.getByText('You want no messages of ann.')).toBeVisible();
  await ben.locator('.chat-item summary').click();
  await ben.getByRole('button', { name: 'Delete for me' }).click();
  await expect(ben.getByText('You have not written to each other yet.')).toBeVisible();
});
