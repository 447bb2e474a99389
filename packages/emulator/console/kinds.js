/** @import { Kind } from '../src/watch/console/call-graph.ts' */

/** @type {Readonly<Record<Kind, string>>} */
const words = {
  job: 'job',
  workerPool: 'worker pool',
  principal: 'principal',
  sender: 'sender',
  external: 'external',
};

/** @param {Kind} kind of a caller or a receiver that is no service of this file */
export function kindInWords(kind) {
  return words[kind];
}
