// The command lines in `docs/clients` do what the pages say.

import { readdir, readFile } from 'node:fs/promises';
import { expect, Portal, test } from './fixtures.js';

const PAGES = new URL('../docs/clients/', import.meta.url);

/** The commands of the portal in a page, as arguments. */
async function commands(page: string): Promise<string[][]> {
  const text = await readFile(new URL(page, PAGES), 'utf8');
  const lines = text.replaceAll('\\\n', ' ').split('\n').filter((line) => line.startsWith('postern '));
  return lines.map((line) => [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, ...word]) => word.join('')).slice(1));
}

test('every command line in docs/clients is accepted, and registers a client with a secret', async ({ database }) => {
  const portal = await Portal.start(database);
  await portal.addAccount('My organisation');
  const pages = await readdir(PAGES);
  expect(pages.length).toBeGreaterThan(9);
  for (const page of pages) {
    const [add, ...clients] = await commands(page);
    await portal.cli(...add!);
    const [client] = await inTurn(clients, (client) => portal.cli(...client));
    expect(client, page).toMatchObject({ public: false, client_secret: expect.any(String) });
    // Another page may use the same names. An application that has clients is not removed.
    await inTurn(clients.filter(([, command]) => command === 'add'), ([, , name]) => portal.cli('client', 'remove', name!));
    await portal.cli('app', 'remove', add![2]!);
  }
  await portal.stop();
});

async function inTurn<T, U>(values: T[], act: (value: T) => Promise<U>): Promise<U[]> {
  const results = [];
  for (const value of values) results.push(await act(value));
  return results;
}
