import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDeclaration } from '@run-edges/edges';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { demo } from '../demo/demo.ts';
import { howToDeploy, howToTest, type Maker } from '../deployment/maker.ts';
import { createProgram } from '../main.ts';
import { findRows } from '../verify/find-rows.ts';

const packages = fileURLToPath(new URL('../../..', import.meta.url));
const program = createProgram(demo);
/** What stands for a value in the text of a program. */
const values: Readonly<Record<string, string>> = {
  project: 'demo-project',
  region: 'europe-west1',
  url: 'http://127.0.0.1:8080',
};

/** A command line as commander takes it apart. */
interface Named {
  readonly where: string;
  readonly words: readonly string[];
}

/** The command lines of run-edges in a text, from the command's name to where they end. */
function namedIn(text: string, where: string): Named[] {
  const plain = text
    .replaceAll(/"user:\$\(gcloud config get account\)"|\$\{YOU\}/g, 'user:you@example.com')
    .replaceAll(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x');
  return [...plain.matchAll(/\brun-edges (?!with\b)([a-z]+)((?: --[a-z-]+(?:[ =](?!--)[\w:/.@-]*\w)?)*)/g)].map(
    ([, name = '', flags = '']) => ({
      where,
      words: [
        name,
        ...flags
          .trim()
          .split(' ')
          .filter((word) => word !== ''),
      ],
    }),
  );
}

function commandOf({ words: [name] }: Named): Command | undefined {
  return program.commands.find((command) => command.name() === name);
}

/** What the command itself says is wrong with the flags. */
function faultOf(named: Named): string | undefined {
  const command = commandOf(named);
  if (command === undefined) return `there is no command ${named.words[0]}`;
  command.exitOverride().configureOutput({ writeErr: () => undefined });
  try {
    const { unknown } = command.parseOptions([...named.words.slice(1)]);
    return unknown.length === 0 ? undefined : `${named.words.join(' ')}: there is no ${unknown.join(' ')}`;
  } catch (error) {
    return `${named.words.join(' ')}: ${(error as Error).message}`;
  }
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:ts|js)$/.test(file) && !/\.test\.ts$|(?:^|\/)(?:node_modules|dist|testing)\//.test(file))
    .map((file) => join(folder, file));
}

const named = ['cli/src', 'emulator/src', 'emulator/console', 'edges/src', 'auth/src']
  .flatMap((folder) => sourcesIn(join(packages, folder)))
  .flatMap((file) => namedIn(readFileSync(file, 'utf8'), file));

test('every command of run-edges that a text names with its flags is one, and takes them', () => {
  const withFlags = named.filter(({ words }) => words.length > 1);
  expect(withFlags.length).toBeGreaterThan(3);
  expect(withFlags.flatMap((one) => faultOf(one) ?? [])).toEqual([]);
  // Prose speaks of what run-edges does; commands stand in it by their names.
  expect(new Set(named.filter((one) => commandOf(one)).map(({ words }) => words[0])).size).toBeGreaterThan(3);
});

test('one that is none is found', () => {
  const [flag, value, command] = ['deploy --projekt x', 'check --path nowhere', 'deplay --tag x'].map(
    (text) => faultOf(namedIn(`Run: run-edges ${text}.`, 'here')[0] as Named) ?? '',
  );
  expect(flag).toContain('there is no --projekt');
  expect(value).toContain('--path');
  expect(command).toBe('there is no command deplay');
});

describe('what is printed', () => {
  const at = { project: 'demo-project', region: 'europe-west1' };
  test.each<Maker>(['deploy', 'terraform', 'somebody else'])('for what %s made', (maker) => {
    for (const mend of [howToDeploy(maker, at), howToTest(maker, 'front-run@demo-project.iam.gserviceaccount.com', at)])
      expect(namedIn(mend, maker).flatMap((one) => faultOf(one) ?? [])).toEqual([]);
    expect(namedIn(howToDeploy('deploy', at), maker)).toHaveLength(1);
  });

  test('for what is not deployed', () => {
    const declaration = parseDeclaration('services: { front: {} }', 'edges.yaml');
    const mends = findRows(declaration, {
      ...at,
      services: [],
      jobs: [],
      workerPools: [],
      policies: [],
      accounts: new Map(),
      roles: new Map(),
      senders: undefined,
      unseen: [],
      accepted: [],
      acceptedMembers: new Set(),
      now: new Date(),
    }).map(({ mend = '' }) => mend);
    const found = mends.flatMap((mend) => namedIn(mend, 'drift'));
    expect(found).toHaveLength(1);
    expect(found.flatMap((one) => faultOf(one) ?? [])).toEqual([]);
  });
});
