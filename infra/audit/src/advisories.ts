import type { Finding } from './finding.ts';
import { type Answer, ofShipped, pnpm } from './pnpm.ts';

interface Advisory {
  readonly module_name: string;
  readonly severity: string;
  readonly title: string;
  readonly url: string;
  readonly vulnerable_versions: string;
}

/** The registry has no such endpoint, refuses it, or cannot be reached. */
const NO_ANSWER =
  /ERR_PNPM_AUDIT_BAD_RESPONSE|ERR_PNPM_AUDIT_ENDPOINT|ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN/;

/** Offline, the answer is that there is none, soon. */
const impatient = ['--config.fetch-retries=0', '--config.fetch-timeout=20000'];

/** Whether a security advisory is known for anything that is shipped. @param options further ones for pnpm */
export async function checkAdvisories(options: readonly string[] = []): Promise<Finding> {
  return judgeAudit(await pnpm([...ofShipped, 'audit', '--prod', '--json', ...impatient, ...options]));
}

/** A registry that answers no audit must not stop those who work without one, and must not look like a good answer. */
export function judgeAudit({ stdout, stderr }: Answer): Finding {
  const advisories = readAdvisories(stdout);
  if (advisories === undefined) {
    const told = `${stdout}\n${stderr}`;
    return NO_ANSWER.test(told)
      ? { check: 'audit', state: 'not checked', lines: ['the registry answers no audit: NOT CHECKED'] }
      : { check: 'audit', state: 'bad', lines: [`pnpm audit: ${told.trim() || 'it said nothing'}`] };
  }
  if (advisories.length === 0) return { check: 'audit', state: 'good', lines: ['none is known'] };
  const lines = advisories.map(
    (one) => `${one.module_name} ${one.vulnerable_versions}: ${one.title} (${one.severity}), ${one.url}`,
  );
  return { check: 'audit', state: 'bad', lines };
}

function readAdvisories(stdout: string): Advisory[] | undefined {
  try {
    const { advisories }: { advisories: Record<string, Advisory> } = JSON.parse(stdout);
    return Object.values(advisories);
  } catch {
    return undefined;
  }
}
