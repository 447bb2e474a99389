import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { repository } from '../support/repository.ts';

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

const text = readFileSync(join(repository, '.github', 'workflows', 'release.yml'), 'utf8');
const { steps } = (parse(text) as { jobs: { release: { steps: readonly Step[] } } }).jobs.release;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'run-edges-release-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A step as GitHub runs it. */
function run(name: string, env: Readonly<Record<string, string>>, cwd = folder) {
  const { run: script = 'exit 9' } = steps.find((step) => step.name === name) ?? {};
  const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', script];
  const { status, stdout } = spawnSync('bash', args, { cwd, encoding: 'utf8', env: { ...process.env, ...env } });
  return { status, stdout };
}

describe('the tag', () => {
  function git(cwd: string, ...args: readonly string[]): void {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@b', '-c', 'init.defaultBranch=main'];
    execFileSync('git', [...who, ...args], { cwd, stdio: 'pipe' });
  }

  test.each([
    ['of main as it is', 'main', 0],
    ['of main as it was', 'main~1', 0],
    ['of another branch', 'other', 1],
  ])('%s: %s ends with %i', (_what, at, status) => {
    const origin = join(folder, 'origin');
    git(folder, 'init', '--quiet', origin);
    for (const message of ['first', 'second']) git(origin, 'commit', '--quiet', '--allow-empty', '-m', message);
    git(origin, 'switch', '--quiet', '--create', 'other');
    git(origin, 'commit', '--quiet', '--allow-empty', '-m', 'not merged');
    git(origin, 'tag', '-a', '-m', 'a release', 'v1.2.3', at);
    git(folder, 'clone', '--quiet', origin, 'clone');
    git(join(folder, 'clone'), 'checkout', '--quiet', 'v1.2.3');
    const ended = run('The tag is on main', { GITHUB_REF_NAME: 'v1.2.3' }, join(folder, 'clone'));
    expect(ended.status).toBe(status);
    if (status === 1) expect(ended.stdout).toContain('::error::v1.2.3 is not on main');
  });

  test('is looked for before anything is built, in a clone that has all of main', () => {
    const names = steps.map(({ name }) => name);
    expect(names.indexOf('The tag is on main')).toBeLessThan(names.indexOf('Build and pack'));
    expect(steps[0]?.with).toMatchObject({ 'fetch-depth': 0 });
    for (const name of ['The tag is on main', 'Publish'])
      expect(steps.find((step) => step.name === name)?.if).toBe("github.ref_type == 'tag'");
  });
});

test('publishing goes on where it failed, and publishes nothing twice', () => {
  // Stands where npm is, with a registry that is a folder, refuses a version that it has, and breaks down once.
  const npm = `#!/bin/sh
case $1 in
  view) name=$(echo "\${2#@}" | tr / -); name=\${name%@*}-\${2##*@}.tgz
    if [ -e "$REGISTRY/$name" ]; then echo "\${2##*@}"; else echo 'npm error code E404' >&2; exit 1; fi ;;
  publish)
    if [ "$2" = --dry-run ]; then
      [ "$3" = --force ] || [ ! -e "$REGISTRY/\${3##*/}" ]
      exit
    fi
    [ "$2" = --provenance ] && [ -e "$3" ] || exit 2
    name=\${3##*/}
    [ ! -e "$REGISTRY/$name" ] || exit 3
    if [ "$name" = run-edges-emulator-1.2.3.tgz ] && [ ! -e "$REGISTRY/broken" ]; then touch "$REGISTRY/broken"; exit 4; fi
    cp "$3" "$REGISTRY/$name"; echo "$name" >> "$REGISTRY/order" ;;
esac
`;
  const [bin, registry, packed] = ['bin', 'registry', 'packed'].map((name) => join(folder, name));
  if (bin === undefined || registry === undefined || packed === undefined) throw new Error('no folders');
  for (const one of [bin, registry, packed]) execFileSync('mkdir', [one]);
  writeFileSync(join(bin, 'npm'), npm, { mode: 0o755 });
  const names = ['run-edges-edges', 'run-edges-auth', 'run-edges-emulator', 'run-edges'];
  for (const name of names) writeFileSync(join(packed, `${name}-1.2.3.tgz`), name);
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    REGISTRY: registry,
    PACKED: packed,
    GITHUB_REF_NAME: 'v1.2.3',
  };
  expect(run('Publish', env).status).toBe(4);
  expect(readdirSync(registry).filter((name) => name.endsWith('.tgz'))).toHaveLength(2);
  expect(run('What would be published', env).status).toBe(0);
  const again = run('Publish', env);
  expect(again.status).toBe(0);
  expect(again.stdout).toContain('::notice::@run-edges/edges 1.2.3 is published already');
  expect(readFileSync(join(registry, 'order'), 'utf8')).toBe(names.map((name) => `${name}-1.2.3.tgz\n`).join(''));
  expect(run('Publish', env).status).toBe(0);
  expect(existsSync(join(registry, 'broken'))).toBe(true);
});
