/** @import { Decision } from '../src/run/gate/decision.ts' */

/** @type {ReadonlySet<Decision['rule']>} The rules that let a request through to the container. */
const letIn = new Set(['invoker', 'public', 'iam-disabled', 'caller-gone']);

/**
 * Whether the front end ended the request: what the app itself answers, a 404 of its own for example, is no refusal.
 *
 * @param {Decision} decision
 */
export function isRefused({ rule }) {
  return !letIn.has(rule);
}
