import { type CallerKind, callersOf } from './callers.ts';
import { checkDeclaration } from './check-declaration.ts';
import type { Declaration } from './declaration.ts';
import { mayCall } from './grants.ts';
import { limitOf, limitText } from './limits.ts';
import { receiversOf } from './receivers.ts';

type Kind = CallerKind | 'external';

/** What ids begin with: a name may be one that Mermaid reserves, such as "end". */
const prefixes: Readonly<Record<Kind, string>> = {
  service: 'service',
  job: 'job',
  workerPool: 'pool',
  principal: 'principal',
  sender: 'sender',
  external: 'external',
};

/** https://mermaid.js.org/syntax/flowchart.html#node-shapes */
const shapes: Readonly<Record<Kind, readonly [open: string, close: string]>> = {
  service: ['["', '"]'],
  job: ['[["', '"]]'],
  workerPool: ['[("', '")]'],
  principal: ['(["', '"])'],
  sender: ['>"', '"]'],
  external: ['{{"', '"}}'],
};

/**
 * The declaration as a Mermaid flowchart: `anyone` before the public services, one solid arrow per declared edge. Ids are
 * made of names, so that a new service is a new line and no other changes.
 * @param options.forbidden Also draw, dotted and crossed, each call between two services that is forbidden.
 */
export function mermaid(declaration: Declaration, options: { forbidden?: boolean } = {}): string {
  checkDeclaration(declaration);
  const { forbidden = false } = options;
  if (typeof forbidden !== 'boolean') throw new TypeError('forbidden must be true or false');
  const nodes = nodesOf(declaration);
  // No name has an underscore; a hyphen before another would begin an arrow.
  const ids = new Map(nodes.map(({ name, kind }) => [name, `${prefixes[kind]}_${name.replaceAll('-', '_')}`]));
  const entries = declaration.services
    .filter((service) => service.public)
    .map(({ name }) => `anyone --> ${ids.get(name)}`);
  const edges = callersOf(declaration).flatMap((caller) =>
    caller.calls.map((receiver) => {
      const limit = limitOf(caller, receiver);
      const said = limit === undefined ? '' : `|"${label(limitText(limit).trim())}"|`;
      return `${ids.get(caller.name)} -->${said} ${ids.get(receiver)}`;
    }),
  );
  const crossed = forbidden ? forbiddenPairs(declaration) : [];
  const solid = entries.length + edges.length;

  const lines = [
    ...(entries.length > 0 ? ['anyone(["anyone"])'] : []),
    ...nodes.map(({ name, kind }) => `${ids.get(name)}${shapes[kind].join(label(name))}`),
    ...entries,
    ...edges,
    ...crossed.map(([caller, receiver]) => `${ids.get(caller)} -.-x ${ids.get(receiver)}`),
    ...(crossed.length > 0 ? [`linkStyle ${crossed.map((_, index) => solid + index).join(',')} stroke:#c5221f`] : []),
  ];
  return `flowchart LR\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function nodesOf(declaration: Declaration): { name: string; kind: Kind }[] {
  return [...callersOf(declaration), ...receiversOf(declaration).filter(({ kind }) => kind === 'external')];
}

/** Text in a label: what could end it or mean something there, as an entity. */
function label(text: string): string {
  return text.replace(/[^\w .-]/gu, (character) => `#${character.codePointAt(0)};`);
}

function forbiddenPairs(declaration: Declaration): [caller: string, receiver: string][] {
  const names = declaration.services.map(({ name }) => name);
  return names.flatMap((caller) =>
    names
      .filter((receiver) => receiver !== caller && !mayCall(declaration, caller, receiver))
      .map((receiver): [string, string] => [caller, receiver]),
  );
}
