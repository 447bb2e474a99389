import type { Candidate } from './candidate.ts';
import { detectDockerfile } from './detect-dockerfile.ts';
import { detectGo } from './detect-go.ts';
import { detectJava } from './detect-java.ts';
import { detectNode } from './detect-node.ts';
import { detectPython } from './detect-python.ts';
import { isBelow } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

export type Detect = (folder: Folder, repository: Scanned) => Candidate | undefined;

/** The first that knows a folder has it. */
const detectors: readonly Detect[] = [detectNode, detectPython, detectGo, detectJava, detectDockerfile];

/** The services of a repository. One that has others below it starts those, and is none itself. */
export function detectServices(repository: Scanned): readonly Candidate[] {
  const found = repository.folders.flatMap((folder) => {
    for (const detect of detectors) {
      const candidate = detect(folder, repository);
      if (candidate !== undefined) return [candidate];
    }
    return [];
  });
  return found.filter(({ folder }) => !found.some((other) => other.folder !== folder && isBelow(other.folder, folder)));
}
