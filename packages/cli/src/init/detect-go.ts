import { shellWord } from '@run-edges/edges';
import { asName } from '../edges-file/names.ts';
import type { Candidate } from './candidate.ts';
import { nameOf, pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

/** A main package that listens; the module may be a folder above. */
export function detectGo(folder: Folder, repository: Scanned): Candidate | undefined {
  const sources = [...folder.files].filter((name) => name.endsWith('.go') && !name.endsWith('_test.go')).slice(0, MOST);
  if (!sources.includes('main.go')) return undefined;
  const texts = sources.map((name) => repository.read(pathIn(folder, name)));
  if (!texts.some((text) => /^package main\b/m.test(text)) || !texts.some((text) => LISTENS.test(text)))
    return undefined;
  const file = pathIn(folder, 'main.go');
  const called = nameOf(folder, repository);
  // A service has a home of its own, and no cache of Go's: to build each time it starts would take minutes.
  const program = `bin/${asName(called)}`;
  return {
    called,
    folder: folder.path,
    from: file,
    language: 'go',
    command: { value: [program], from: `guess: by ${file}, a main package that listens; built before` },
    build: `go build -C ${shellWord(folder.path || '.')} -o ${program} .`,
  };
}

const LISTENS = /\.ListenAndServe(?:TLS)?\(|\bhttp\.Serve\(|\bnet\.Listen\(|Getenv\("PORT"\)/;

/** Files of one package that are read. */
const MOST = 50;
