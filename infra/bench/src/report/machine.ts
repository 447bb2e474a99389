import { availableParallelism, cpus } from 'node:os';

/** What the figures were taken on: they mean nothing on another machine, the ratios do. */
export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() || process.arch;
  return `Figures are of this machine (${model}, ${availableParallelism()} cores, Node ${process.versions.node}) and this run; quote the ratios. A ratio is the median over rounds of the subject's figure to its baseline's of the same round.`;
}
