import { accountFindings } from './account-rules.ts';
import { callFindings } from './call-rules.ts';
import { draftsOf } from './draft.ts';
import type { Finding } from './finding.ts';
import { instanceFindings } from './instance-rules.ts';
import { nameFindings } from './name-rules.ts';
import { referenceFindings } from './reference-rules.ts';
import { variableFindings } from './variable-rules.ts';
import type { YamlDocument } from './yaml-document.ts';

/** What no JSON Schema can say: rules between entries, and between keys of one. Bears what the schema refused. */
export function ruleFindings(document: YamlDocument): readonly Finding[] {
  const drafts = draftsOf(document);
  return [nameFindings, callFindings, accountFindings, variableFindings, referenceFindings, instanceFindings].flatMap(
    (rule) => rule(drafts),
  );
}
