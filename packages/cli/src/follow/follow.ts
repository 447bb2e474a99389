import { printable } from '@run-edges/edges';
import type { Cloud } from '@run-edges/emulator';
import { createDeployments, type Deployments } from './deployments.ts';
import { type FollowingCode, followCode } from './follow-code.ts';
import { followDeclaration } from './follow-declaration.ts';
import type { Following } from './on-file-change.ts';

export interface FollowFlags {
  readonly edges: string;
  readonly follow: boolean;
  readonly watch: boolean;
  readonly empty: boolean;
  readonly front: Readonly<Record<string, string>>;
  readonly map: Readonly<Record<string, string>>;
}

/** What follows changes once everything is up. */
export interface Follower extends Following {
  begin(cloud: Cloud, flags: FollowFlags): void;
  /** Something came up: what is deployed by hand has its folder, too. */
  cameUp(): void;
  /** Whether this comes up because of a change. */
  isComing(name: string): boolean;
}

export function followed(): Follower {
  const following: Following[] = [];
  let deployments: Deployments | undefined;
  let code: FollowingCode | undefined;
  return {
    cameUp: () => code?.refresh(),
    isComing: (name) => deployments?.isComing(name) === true,
    begin(cloud, { edges: file, follow, watch, empty, front: fronts, map: images }) {
      deployments = createDeployments(cloud, `Mend it and save ${printable(file)}, as it is where it is right.`);
      code = watch ? followCode({ cloud, deployments, fronts, images }) : undefined;
      if (code !== undefined) following.push(code);
      if (!follow) return;
      const onTaken = () => code?.refresh();
      following.push(followDeclaration({ file, cloud, mayBeEmpty: empty, deployments, onTaken }));
    },
    close() {
      for (const one of following) one.close();
    },
  };
}
