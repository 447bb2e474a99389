import { ANONYMOUS, type Condition, type Declaration, findCaller, STRANGER } from '@run-edges/edges';
import { UNCHECKED } from '../routes/edge-routes.ts';
import { type EdgeFacts, isChanged, verdictOf } from './edge-facts.ts';
import { beware, giveCommand, takeCommands } from './grant-text.ts';

/** What would turn the verdict round: in the declaration, and by which command. */
export function mendFor(facts: EdgeFacts): string {
  return verdictOf(facts) === 'allowed' ? howToForbid(facts) : `${ruledOut(facts)}${howToAllow(facts)}`;
}

/** The reader would refuse the file with such an edge in it. */
function ruledOut({ declaration, caller, receiver }: EdgeFacts): string {
  const fits = (said: string, name: string) => said === '*' || said === name;
  const line = declaration.never?.find((one) => fits(one.caller, caller) && fits(one.receiver, receiver));
  if (line === undefined || caller === STRANGER) return '';
  return `It shall never be: ${declaration.file} has "${line.caller} -> ${line.receiver}" under never, which would have to go first. `;
}

function howToForbid(facts: EdgeFacts): string {
  const { receiver, grants, sharers, own, project, declaration, by, holders } = facts;
  if (facts.external)
    return `To forbid it, take ${holders.map((holder) => `${receiver} from the calls of ${keyOf(declaration, holder)}`).join(' and ')} in ${declaration.file}. Others own ${receiver}: whom else it lets in is theirs to say.`;
  const check = `gcloud run services update ${receiver} --region=${project.region} --project=${project.id} --invoker-iam-check`;
  const taken = grants.length === 0 ? [] : [takeCommands(grants, project)];
  const commands = [...(by === UNCHECKED ? [check] : []), ...taken].join(' && ');
  const along = grants.some(({ member }) => member === own) ? sharers : [];
  const said = `${commands}${beware(grants, own, along)}`;
  if (isChanged(facts)) return `To forbid it: ${said}`;
  const lines = [
    ...(facts.public ? [`"public: true" from ${receiver}`] : []),
    ...holders.map((holder) => `${receiver} from the calls of ${keyOf(declaration, holder)}`),
  ];
  return `To forbid it, take ${lines.join(' and ')} in ${declaration.file}. On Cloud Run: ${said}`;
}

function howToAllow(facts: EdgeFacts): string {
  const { caller, receiver, known, own, declaration, live, asked, project } = facts;
  const { file } = declaration;
  const give = (member: string, condition?: Condition) =>
    facts.places
      .map((place) => giveCommand(place, member, { project, beside: facts.conditional, condition }))
      .join(' && ');
  if (facts.external)
    return caller === ANONYMOUS || caller === STRANGER
      ? `Nothing: others own ${receiver}, and nobody whom ${file} does not name is told of it.`
      : `To allow it, add ${receiver} to the calls of ${keyOf(declaration, caller)} in ${file}${live ? ' and save it: a running up follows it' : ''}. Others own ${receiver}: they have to let ${own} in, too.`;
  const [missing] = asked;
  if (isChanged(facts)) return `To allow it as declared: ${give(missing?.member ?? own, missing?.condition)}`;
  if (caller === ANONYMOUS) {
    const open = known ? `write "public: true" under ${receiver} in ${file}` : give(own);
    return `Send an ID token of a service that may call ${receiver}; or, to open it to everybody, ${open} (an organization may forbid allUsers: gcloud then only warns, and the answer stays 403).`;
  }
  if (caller === STRANGER)
    return `Nothing: the stranger stands for everybody whom no edge names. Declare a service that shall call ${receiver}, with ${receiver} in its calls, in ${file}.`;
  const declare =
    caller === receiver || !known
      ? ''
      : `To allow it, add ${receiver} to the calls of ${keyOf(declaration, caller)} in ${file}${live ? ' and save it: a running up follows it' : ''}. `;
  return `${declare}On Cloud Run: ${give(own)} (it counts after about 2 minutes, sometimes 7)`;
}

/** Where a caller stands in the file: `principals.support`. A service goes by its name. */
function keyOf(declaration: Declaration, name: string): string {
  const { kind = 'service' } = findCaller(declaration, name) ?? {};
  return kind === 'service' ? name : `${kind}s.${name}`;
}
