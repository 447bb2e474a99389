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
  service_login["login"]
  service_user_profiles["user-profiles"]
  service_search["search"]
  anyone --> service_login
  service_login --> service_user_profiles
  service_user_profiles --> service_search
`);
  });

  it('draws no forbidden edge unless asked', () => {
    expect(mermaid(directory)).not.toContain('-.-x');
    expect(mermaid(directory, { forbidden: false })).toBe(mermaid(directory));
  });

  it('adds the forbidden calls between services, crossed and red, and neither self-calls nor calls to public ones', () => {
    const added = mermaid(directory, { forbidden: true }).slice(mermaid(directory).length);
    expect(added).toBe(`  service_login -.-x service_search
  service_search -.-x service_user_profiles
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
      expect(diagram).toContain(`service_${name.replace('-', '_')}["${name}"]`);
      expect(diagram.replace(`["${name}"]`, '')).not.toMatch(new RegExp(`\\b${name}\\b`));
    },
  );

  it('changes no line but its own for a new service, wherever it stands', () => {
    const more = parseDeclaration(
      'services: { first: {}, login: { public: true, calls: [user-profiles] }, user-profiles: { calls: [search] }, search: {} }',
      'edges.yaml',
    );
    const before = mermaid(directory).split('\n');
    expect(
      mermaid(more)
        .split('\n')
        .filter((line) => !before.includes(line)),
    ).toEqual(['  service_first["first"]']);
  });

  it('gives each kind a shape of its own, and says what an edge is limited to', () => {
    const all = parseDeclaration(
      `services: { search: {} }
jobs: { report: { serviceAccount: report-run, calls: [search] } }
workerPools: { mailer: { calls: [search] } }
principals: { ci-bot: { member: "user:ci@example.com", calls: [{ to: search, paths: [/health/*], until: 2027-01-31 }] } }
external: { payments: { url: "https://pay.example.com" } }
`,
      'edges.yaml',
    );
    expect(mermaid(all)).toBe(`flowchart LR
  service_search["search"]
  job_report[["report"]]
  pool_mailer[("mailer")]
  principal_ci_bot(["ci-bot"])
  external_payments{{"payments"}}
  job_report --> service_search
  pool_mailer --> service_search
  principal_ci_bot -->|"at #47;health#47;#42; until 2027-01-31"| service_search
`);
  });
});
