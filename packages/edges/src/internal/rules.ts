import { acceptedFindings } from './accepted-rules.ts';
import { accountFindings } from './account-rules.ts';
import { callFindings } from './call-rules.ts';
import { draftsOf } from './draft.ts';
import { externalFindings } from './external-rules.ts';
import type { Finding } from './finding.ts';
import { imageFindings } from './image-rules.ts';
import { instanceFindings } from './instance-rules.ts';
import { limitFindings } from './limit-rules.ts';
import { nameFindings } from './name-rules.ts';
import { neverFindings } from './never-rules.ts';
import { ownFindings, principalFindings } from './principal-rules.ts';
import { referenceFindings } from './reference-rules.ts';
import { senderFindings } from './sender-rules.ts';
import { variableFindings } from './variable-rules.ts';
import type { YamlDocument } from './yaml-document.ts';

const rules = [
  nameFindings,
  callFindings,
  limitFindings,
  accountFindings,
  principalFindings,
  externalFindings,
  senderFindings,
  imageFindings,
  variableFindings,
  referenceFindings,
  instanceFindings,
  acceptedFindings,
  neverFindings,
];

/** What no JSON Schema can say: rules between entries, and between keys of one. Bears what the schema refused. */
export function ruleFindings(document: YamlDocument, project: string | undefined): readonly Finding[] {
  const drafts = draftsOf(document);
  return [
    ...rules.flatMap((rule) => rule(drafts, document)),
    ...(project === undefined ? [] : ownFindings(drafts, project)),
  ];
}
