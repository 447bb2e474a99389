/** A share of a service's requests. */
export interface Target {
  readonly revision: string;
  /** 0 to 100. */
  readonly percent: number;
  readonly tag?: string | undefined;
}

/**
 * The target of a request: the one with the tag that its host asks for, else one by chance in proportion to its share.
 * Undefined where none has a share.
 * @param chance from 0 up to 1, without 1
 */
export function chooseTarget(
  targets: readonly Target[],
  tag: string | undefined,
  chance: () => number = Math.random,
): Target | undefined {
  const tagged = tag === undefined ? undefined : targets.find((one) => one.tag === tag);
  if (tagged !== undefined || targets.length < 2) return tagged ?? targets[0];
  let left = chance() * targets.reduce((sum, { percent }) => sum + percent, 0);
  return targets.find(({ percent }) => {
    left -= percent;
    return left < 0;
  });
}
