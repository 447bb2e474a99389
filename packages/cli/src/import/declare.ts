import { DeclarationError, parseDeclaration, urlVariable } from '@run-edges/edges';
import { callersFirst } from '../edges-file/callers-first.ts';
import type { Draft, DraftEdge, DraftEntry, Sourced } from '../edges-file/draft.ts';
import { edgeOf, edgeTo } from '../edges-file/edge.ts';
import { createNames } from '../edges-file/names.ts';
import { writeDraft } from '../edges-file/write-draft.ts';
import { createCallers } from './callers.ts';
import type { Found } from './found.ts';
import { ImportError } from './import-error.ts';
import { type Invoker, invokersIn } from './invokers.ts';
import { workloadEntries } from './workloads.ts';

export interface Imported {
  /** The text of the file: the reader takes it. */
  readonly text: string;
  /** What it could not say. */
  readonly notes: readonly string[];
}

/** A declaration of what was found. @throws ImportError where that can be none */
export function declare(found: Found, options: { readonly env: boolean }): Imported {
  const draft = draftOf(found, options);
  if (!draft.entries.some(({ part }) => part === 'services'))
    throw new ImportError(
      `There is no service of Cloud Run in ${found.source} that can be declared.${draft.notes.map((note) => ` ${note}`).join('')}`,
      'Look whether it is the right one, and its region.',
    );
  const text = writeDraft(draft);
  try {
    parseDeclaration(text, 'edges.yaml', { project: found.project });
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error;
    throw new ImportError(
      `What is in ${found.source} makes no declaration: ${error.problems[0]?.message}.`,
      error.problems[0]?.mend ?? '',
    );
  }
  return { text, notes: draft.notes };
}

function draftOf(found: Found, { env }: { readonly env: boolean }): Draft {
  const notes = new Set(found.notes);
  const note = (text: string) => void notes.add(text);
  const names = createNames();
  const { entries, holders, regionsOf, region } = workloadEntries(found, { env, names, note });
  const callers = createCallers(found, { names, holders, note });
  const invokers = invokersIn(found.grants, regionsOf, note).filter(({ member }) => member !== 'allUsers');
  const open = new Set(entries.filter(({ settings }) => 'public' in settings).map(({ name }) => name));
  const calls = callsOf(invokers, { callers: callers.of, open, note });
  const all = [...entries, ...callers.principals()].map(
    (entry): DraftEntry => ({ ...entry, calls: calls.get(entry.name) ?? [] }),
  );
  noteUrlsWithoutEdge(found, all, note);
  const where = region === undefined ? '' : ` in ${region}`;
  return {
    head: [
      `Who may call whom. Read from ${found.source}${where} by run-edges import: behind each line is what says it there.`,
      'What is not written here is forbidden.',
    ],
    entries: callersFirst(all),
    notes: notes.size === 0 ? [] : ['What could not be said here:', ...notes],
  };
}

interface Asked {
  readonly callers: (member: string, from: string) => readonly string[];
  readonly open: ReadonlySet<string>;
  readonly note: (text: string) => void;
}

/** By the callers' names. An edge stands once: the widest counts. */
function callsOf(
  invokers: readonly Invoker[],
  { callers, open, note }: Asked,
): ReadonlyMap<string, Sourced<DraftEdge>[]> {
  const calls = new Map<string, Sourced<DraftEdge>[]>();
  const widestFirst = invokers.toSorted((a, b) => Number(a.limit !== undefined) - Number(b.limit !== undefined));
  for (const { service, member, limit, from } of widestFirst) {
    if (limit !== undefined && open.has(service)) {
      note(`${service} lets in ${member} on a condition (${from}), and everybody without one: it is not written.`);
      continue;
    }
    for (const caller of callers(member, from)) {
      const own = calls.get(caller) ?? [];
      calls.set(caller, own);
      const before = own.find(({ value }) => edgeTo(value) === service);
      if (before === undefined) own.push({ value: edgeOf(service, limit), from });
      else if (limit !== undefined && typeof before.value !== 'string')
        note(
          `${caller} may call ${service} by a second condition, too (${from}), and an edge has one: it is not written.`,
        );
    }
  }
  for (const own of calls.values()) own.sort((a, b) => edgeTo(a.value).localeCompare(edgeTo(b.value)));
  return calls;
}

/** A URL that a container is told of is no grant, and a hint of one that is missing. */
function noteUrlsWithoutEdge({ workloads }: Found, entries: readonly DraftEntry[], note: (text: string) => void): void {
  const services = entries.filter(({ part }) => part === 'services');
  for (const { name, calls } of entries) {
    const told = workloads.filter((one) => one.name === name).flatMap(({ env }) => Object.keys(env));
    for (const { name: service, settings } of services) {
      const variable = urlVariable(service);
      if (service === name || 'public' in settings || !told.includes(variable)) continue;
      if (!calls.some(({ value }) => edgeTo(value) === service))
        note(`${name} is told ${variable}, and ${service} does not let it in: no edge is written.`);
    }
  }
}
