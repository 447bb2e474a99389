import { posix } from 'node:path';
import { callersFirst } from '../edges-file/callers-first.ts';
import type { Draft, DraftEntry, Sourced } from '../edges-file/draft.ts';
import { createFreeNames } from '../edges-file/free-names.ts';
import { refusalOf } from '../edges-file/refusal.ts';
import type { Candidate } from './candidate.ts';
import { codeOf, type Line } from './code-of.ts';
import { describedServices } from './described.ts';
import type { Described } from './described-service.ts';
import { detectServices } from './detect.ts';
import { findRoute, type Route } from './find-route.ts';
import { addressOf, type Guess, guessEdges, type Named } from './guess-edges.ts';
import type { Scanned } from './scan.ts';

/** What a repository seems to hold. */
export interface Proposal {
  readonly draft: Draft;
  readonly services: readonly Proposed[];
  readonly guesses: readonly Guess[];
}

export interface Proposed extends Candidate {
  readonly name: string;
  readonly route?: Route;
}

/** @param file where the declaration will stand, from the root */
export function propose(repository: Scanned, file: string): Proposal {
  const descriptions = describedServices(repository);
  const freeName = createFreeNames();
  const detected = detectServices(repository);
  const found = detected.flatMap((candidate): Found[] => {
    const own = descriptions.filter((one) => one.folder === candidate.folder);
    const source = sourceOf(candidate.folder, posix.dirname(file));
    if (source === undefined) return [];
    const code = codeOf(candidate.folder, repository);
    return [{ candidate, source, own, code, name: freeName(own[0]?.name ?? candidate.called) }];
  });
  const guesses = guessEdges(found.map(asNamed));
  const entries = found.map(({ candidate, source, name, own }): DraftEntry => {
    const calls = guesses.filter(({ caller }) => caller === name);
    const described = own.length === 0 ? '' : `, and ${own.map((one) => one.file).join(', ')}`;
    const hint = guesses.some(({ receiver }) => receiver === name)
      ? ''
      : '; if everybody may call it, add public: true';
    return {
      part: 'services',
      name,
      from: `${candidate.from}${described}${hint}`,
      settings: settingsOf(candidate, source, calls),
      calls: calls.map(({ receiver, from }) => ({ value: receiver, from })),
    };
  });
  return {
    draft: {
      head: [
        'Who may call whom, as run-edges init found it: behind each line is what says so. Correct what is a guess.',
        'What is not written here is forbidden.',
      ],
      entries: callersFirst(entries),
      notes: [
        ...(repository.cut ? ['Not everything was looked at: the repository is very large.'] : []),
        ...namesThatChanged(found),
        ...detected
          .filter((one) => !found.some(({ candidate }) => candidate === one))
          .map(
            ({ from }) => `${from}: the name of the folder cannot stand in a declaration, and the service is left out.`,
          ),
      ],
    },
    services: found.map(({ candidate, name, code }) => {
      const route = findRoute(code);
      return { ...candidate, name, ...(route !== undefined && { route }) };
    }),
    guesses,
  };
}

interface Found {
  readonly candidate: Candidate;
  readonly own: readonly Described[];
  readonly code: readonly Line[];
  readonly name: string;
  readonly source: string;
}

/** As the file writes a folder, or undefined where it cannot. */
function sourceOf(folder: string, base: string): string | undefined {
  const path = posix.relative(base === '.' ? '' : base, folder);
  const ways = path === '' ? ['.'] : [path, `./${path}`];
  return ways.find((source) => refusalOf({ services: { one: { source } } }) === undefined);
}

function asNamed({ candidate, own, code, name }: Found): Named {
  const aliases = new Set([candidate.called, ...own.map((one) => one.name)].filter((one) => /^[a-z]/i.test(one)));
  return { name, aliases, code, described: own };
}

function namesThatChanged(found: readonly Found[]): string[] {
  return found
    .filter(({ candidate, own, name }) => name !== (own[0]?.name ?? candidate.called))
    .map(
      ({ candidate, own, name }) =>
        `${name} is what is called ${own[0]?.name ?? candidate.called} there: a name of Cloud Run is of lower-case letters, digits and hyphens, stands once, and is none that others read (database).`,
    );
}

function settingsOf({ from, command, language }: Candidate, source: string, calls: readonly Guess[]) {
  const variables = calls.filter(({ variable }) => variable !== undefined);
  const settings: Record<string, Sourced<unknown>> = {
    source: { value: source, from: language === 'node' ? `${from} is run` : from },
  };
  if (command !== undefined && refusalOf({ services: { one: { command: command.value } } }) === undefined)
    settings.command = command;
  if (variables.length > 0)
    settings.env = {
      value: Object.fromEntries(
        variables.map(({ variable = '', receiver, path }) => [variable, addressOf(receiver, path)]),
      ),
      from: variables.map(({ from: whence }) => whence).join('; '),
    };
  return settings;
}
