import { expect, test } from 'vitest';
import { createAccounts, UNDELETE_S } from './accounts.ts';

const DAY_S = 86_400;

test('deleted accounts are kept as long as they can be brought back, and then no more', () => {
  const accounts = createAccounts();
  const [old, young] = ['old', 'young'].map((name) => accounts.make(`${name}@p.iam.gserviceaccount.com`, {}));
  if (old === undefined || young === undefined) throw new Error('they were made');
  accounts.remove(old, 0);
  accounts.remove(young, DAY_S);
  expect(accounts.purge(UNDELETE_S - 1)).toEqual([]);
  expect(accounts.purge(UNDELETE_S)).toEqual([old]);
  expect(accounts.deleted(old.uniqueId)).toBeUndefined();
  expect(accounts.deleted(young.uniqueId)?.account).toEqual(young);
});

test('of very many the oldest go', () => {
  const accounts = createAccounts();
  const made = Array.from({ length: 1002 }, () => {
    const account = accounts.make('again@p.iam.gserviceaccount.com', {});
    accounts.remove(account, 0);
    return account;
  });
  expect(accounts.purge(1)).toEqual(made.slice(0, 2));
  expect(accounts.save().gone).toHaveLength(1000);
});
