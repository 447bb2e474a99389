import type { Candidate } from './candidate.ts';
import { commandOfDockerfile } from './dockerfile.ts';
import { nameOf, pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

export function detectDockerfile(folder: Folder, repository: Scanned): Candidate | undefined {
  if (!folder.files.has('Dockerfile')) return undefined;
  const file = pathIn(folder, 'Dockerfile');
  const command = commandOfDockerfile(repository.read(file));
  return {
    called: nameOf(folder, repository),
    folder: folder.path,
    from: file,
    language: 'image',
    ...(command !== undefined && { command: { value: command, from: `guess: as the last line of ${file} starts it` } }),
  };
}
