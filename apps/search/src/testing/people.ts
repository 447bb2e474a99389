import type { Document } from '../store/store.ts';

export const ada: Document = {
  name: 'Ada Lovelace',
  title: 'Principal Engineer',
  team: 'Analytical Engines',
  city: 'Zürich',
  skills: ['TypeScript', 'C++'],
  bio: "Wrote the first program; reads O'Reilly books.",
};

export const grace: Document = {
  ...ada,
  name: 'Grace Hopper',
  title: 'Admiral',
  city: 'New York',
  bio: 'Met Ada once.',
};
