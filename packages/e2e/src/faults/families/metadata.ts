import type { Family, Fault } from '../fault.ts';

/** Tokens that are good outlive most of what a metadata server does; so all of them are withdrawn with the keys, too. */
export const metadata: Family = {
  name: 'metadata server',
  on: 'SQLite',
  faults: [
    {
      ...answers('refuses connections, while tokens are good', { metadataDown: true }),
      name: 'refuses connections, while tokens are good',
    },
    withoutTokens('is slow (1.5 s)', { metadataDelay: 1_500 }),
    withoutTokens('refuses connections', { metadataDown: true }),
    withoutTokens('answers 503', { metadataStatus: 503 }),
    { ...withoutTokens('hangs', { metadataDelay: 600_000 }), short: true },
    withoutTokens('answers rubbish', { rubbishTokens: true }),
    { ...withoutTokens('gives expired tokens', { expiredTokens: true }), short: true },
    withoutTokens('gives tokens for a wrong audience', { wrongAudience: true }),
  ],
};

type Change = Readonly<Record<string, number | boolean>>;

function answers(name: string, change: Change): Fault {
  const off = Object.fromEntries(Object.entries(change).map(([key, on]) => [key, typeof on === 'number' ? 0 : false]));
  return {
    name,
    begin: async (world) => void (await world.ask({ do: 'faults', change })),
    end: async (world) => void (await world.ask({ do: 'faults', change: off })),
  };
}

function withoutTokens(name: string, change: Change): Fault {
  const { begin, ...fault } = answers(name, change);
  return {
    ...fault,
    spoilsTokens: true,
    begin: async (world) => {
      await begin(world);
      await world.ask({ do: 'rotate', withdraw: true });
    },
  };
}
