import type { Declaration } from '@run-edges/edges';
import { TOKEN_CREATOR } from './commands.ts';
import type { LiveService } from './live-service.ts';
import { MANAGED_BY } from './managed-by.ts';
import type { Place } from './place.ts';

/** Who made the declared services that are there: what changes them is theirs to run. */
export type Maker = 'deploy' | 'terraform' | 'somebody else';

/** Where not all are of one maker, the one in whose services `run-edges deploy` would not meddle. */
export function makerOf({ services }: Declaration, live: readonly Pick<LiveService, 'name' | 'managedBy'>[]): Maker {
  const others = live.filter(
    ({ name, managedBy }) => managedBy !== MANAGED_BY && services.some((service) => service.name === name),
  );
  if (others.length === 0) return 'deploy';
  return others.every(({ managedBy }) => managedBy === 'terraform') ? 'terraform' : 'somebody else';
}

type At = Pick<Place, 'project' | 'region'>;

/** What brings about what is declared. */
export function howToDeploy(maker: Maker, at: At): string {
  if (maker === 'terraform') return 'terraform apply';
  if (maker === 'deploy') return deploy(at);
  return `Deploy it as those beside it were, or take them over: ${deploy(at)} --adopt`;
}

/** What lets the developer be one of the accounts for a moment. @param email whose account it is about */
export function howToTest(maker: Maker, email: string, at: At): string {
  const later = 'it takes a minute or two to count.';
  if (maker === 'terraform')
    return `Add yourself (gcloud config get account) to the variable testers of the Terraform module, as "user:ADDRESS", and run: terraform apply; ${later}`;
  if (maker === 'deploy')
    return `Run: ${deploy(at)} --tester ${YOU}, which grants you ${TOKEN_CREATOR} on the services' accounts; ${later}`;
  return `Run: gcloud iam service-accounts add-iam-policy-binding ${email} --member=${YOU} --role=${TOKEN_CREATOR} --project=${at.project}, and the same for the accounts of the other services; ${later}`;
}

/** As a shell finds it. */
const YOU = '"user:$(gcloud config get account)"';

function deploy({ project, region }: At): string {
  return `run-edges deploy --project ${project} --region ${region}`;
}
