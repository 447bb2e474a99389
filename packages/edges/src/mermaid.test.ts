import { describe, expect, it } from 'vitest';
import { mermaid } from './mermaid.ts';
import { parseDeclaration } from './parse-declaration.ts';

const directory = parseDeclaration(
  `services:
  login: { public: true, calls: [user-profiles] }
  user-profiles: { calls: [search] }
  search: {}
`,
  'infra/edges.yaml',
);

describe('mermaid', () => {
  it('draws the entry, the services and the declared edges', () => {
    expect(mermaid(directory)).toBe(`flowchart LR
  anyone(["anyone"])
  s0["login"]
  s1["user-profiles"]
  s2["search"]
  anyone --> s0
  s0 --> s1
  s1 --> s2
`);
  });

  it('draws no forbidden edge unless asked', () => {
    expect(mermaid(directory)).not.toContain('-.-x');
    expect(mermaid(directory, { forbidden: false })).toBe(mermaid(directory));
  });

  it('adds the forbidden calls between services, crossed and red, and neither self-calls nor calls to public ones', () => {
    const added = mermaid(directory, { forbidden: true }).slice(mermaid(directory).length);
    expect(added).toBe(`  s0 -.-x s2
  s2 -.-x s1
  linkStyle 3,4 stroke:#c5221f
`);
  });

  it('styles no link when nothing is forbidden', () => {
    const open = parseDeclaration('services: { alpha: { public: true } }', 'edges.yaml');
    expect(mermaid(open, { forbidden: true })).not.toContain('linkStyle');
  });

  it('draws nobody outside when nothing is public', () => {
    expect(mermaid(parseDeclaration('services: { alpha: {} }', 'edges.yaml'))).not.toContain('anyone');
  });

  it.each(['end', 'graph', 'subgraph', 'style', 'class', 'click', 'default', 'x-ray', 'o-ring'])(
    'never uses the name %s as an id',
    (name) => {
      const diagram = mermaid(
        parseDeclaration(`services: { caller: { calls: [${name}] }, ${name}: {} }`, 'edges.yaml'),
        { forbidden: true },
      );
      expect(diagram).toContain(`s1["${name}"]`);
      expect(diagram.replace(`["${name}"]`, '')).not.toMatch(new RegExp(`\\b${name}\\b`));
    },
  );
});
