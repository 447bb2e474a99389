import './node-version.ts';

export { type DeclaredBinding, declaredBindings } from './bindings.ts';
export { type Caller, type CallerKind, callersOf, findCaller, isFederated, memberOf } from './callers.ts';
export { type Change, changesBetween } from './changes.ts';
export { checkDeclaration } from './check-declaration.ts';
export type {
  Accepted,
  Build,
  Calling,
  Declaration,
  EdgeLimit,
  ExternalReceiver,
  Job,
  Never,
  Principal,
  Sender,
  Service,
  WorkerPool,
  Workload,
} from './declaration.ts';
export {
  DECLARATION_ERRORS,
  DeclarationError,
  type DeclarationErrorCode,
  type Problem,
} from './declaration-error.ts';
export { edgePlaces, type Place } from './edge-places.ts';
export { type Addresses, environmentOf } from './environment.ts';
export { ANONYMOUS, declaredCalls, holdersOf, invokersOf, mayCall, mayCallAt, STRANGER } from './grants.ts';
export {
  audienceVariable,
  deterministicUrl,
  imageRepository,
  senderVariable,
  serviceAccountDomain,
  serviceAccountEmail,
  urlVariable,
} from './identity.ts';
export { didYouMean } from './internal/nearest.ts';
export { type Condition, conditionOf, isOver } from './limits.ts';
export { type Cell, matrix, type Verdict } from './matrix.ts';
export { mermaid } from './mermaid.ts';
export { parseDeclaration, type ReadingOptions } from './parse-declaration.ts';
export { readDeclaration } from './read-declaration.ts';
export { findService, type Receiver, receiversOf } from './receivers.ts';
export { readSchedule, type Schedule } from './schedule.ts';
export { type SenderPlace, senderAccount, sourceOf, topicName } from './sender-resources.ts';
export {
  type EventarcSettings,
  MESSAGE_PUBLISHED,
  type PubsubSettings,
  type SchedulerSettings,
  type SenderKind,
  type TasksSettings,
} from './sender-settings.ts';
export { type SourceGrant, sourceGrants } from './source-grants.ts';
export { printable, shellWord } from './text.ts';
