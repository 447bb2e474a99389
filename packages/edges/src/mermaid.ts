import { checkDeclaration } from './check-declaration.ts';
import { mayCall } from './matrix.ts';
import type { Declaration } from './service.ts';

/**
 * The declaration as a Mermaid flowchart: `anyone` before the public services, one solid arrow per declared edge.
 * https://mermaid.js.org/syntax/flowchart.html
 * @param options.forbidden Also draw, dotted and crossed, each call between two services that is forbidden.
 */
export function mermaid(declaration: Declaration, options: { forbidden?: boolean } = {}): string {
  checkDeclaration(declaration);
  const { forbidden = false } = options;
  if (typeof forbidden !== 'boolean') throw new TypeError('forbidden must be true or false');
  const { services } = declaration;
  // Numbered ids, because a service may be called what Mermaid reserves, such as "end".
  const ids = new Map(services.map(({ name }, index) => [name, `s${index}`]));
  const entries = services.filter((service) => service.public).map(({ name }) => `anyone --> ${ids.get(name)}`);
  const edges = services.flatMap(({ name, calls }) =>
    calls.map((receiver) => `${ids.get(name)} --> ${ids.get(receiver)}`),
  );
  const crossed = forbidden ? forbiddenPairs(declaration) : [];
  const solid = entries.length + edges.length;

  const lines = [
    ...(entries.length > 0 ? ['anyone(["anyone"])'] : []),
    ...services.map(({ name }) => `${ids.get(name)}["${label(name)}"]`),
    ...entries,
    ...edges,
    ...crossed.map(([caller, receiver]) => `${ids.get(caller)} -.-x ${ids.get(receiver)}`),
    ...(crossed.length > 0 ? [`linkStyle ${crossed.map((_, index) => solid + index).join(',')} stroke:#c5221f`] : []),
  ];
  return `flowchart LR\n${lines.map((line) => `  ${line}\n`).join('')}`;
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
