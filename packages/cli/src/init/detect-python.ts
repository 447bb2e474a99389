import type { Candidate } from './candidate.ts';
import { nameOf, pathIn } from './folders.ts';
import type { Folder, Scanned } from './scan.ts';

const ENTRIES = ['main.py', 'app.py', 'server.py', 'api.py', 'wsgi.py', 'asgi.py', '__main__.py'];
const MARKS = ['pyproject.toml', 'requirements.txt', 'Pipfile', 'setup.py'];

/** What the standard library, aiohttp and Tornado listen by: no mark of a package is needed beside it. */
const LISTENS = /\.serve_forever\(|\brun_app\(|\bIOLoop\.current\(\)\.start\(/;
/** What may be a listener, in a folder that is a package. */
const MAY_LISTEN = /\bPORT\b|\.listen\(|serve/;

/** How each framework's application is started, by what makes it. */
const starts: readonly (readonly [makes: RegExp, command: (module: string, name: string) => string])[] = [
  [/^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:fastapi\.)?FastAPI\(/m, (module, name) => `uvicorn ${module}:${name} --port $PORT`],
  [
    /^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:starlette\.applications\.)?(?:Starlette|Quart|Litestar)\(/m,
    (module, name) => `uvicorn ${module}:${name} --port $PORT`,
  ],
  [
    /^(\w+)(?:\s*:[^=\n]+)?\s*=\s*(?:flask\.)?Flask\(/m,
    (module, name) => `flask --app ${module}:${name} run --port $PORT`,
  ],
];

export function detectPython(folder: Folder, repository: Scanned): Candidate | undefined {
  const { files } = folder;
  const isPackage = MARKS.some((one) => files.has(one));
  if (files.has('manage.py') && repository.read(pathIn(folder, 'manage.py')).includes('DJANGO_SETTINGS_MODULE'))
    return candidate(pathIn(folder, 'manage.py'), 'python3 manage.py runserver --noreload $PORT');
  for (const entry of ENTRIES.filter((one) => files.has(one))) {
    const file = pathIn(folder, entry);
    const text = repository.read(file);
    for (const [makes, command] of starts) {
      const [, name] = makes.exec(text) ?? [];
      if (name !== undefined) return candidate(file, command(entry.replace(/\.py$/, ''), name));
    }
    const isProgram = /__name__\s*==\s*['"]__main__['"]/.test(text);
    // How a script alone is started, a Dockerfile beside it knows better.
    if ((LISTENS.test(text) && !files.has('Dockerfile')) || (isPackage && isProgram && MAY_LISTEN.test(text)))
      return candidate(file, `python3 ${entry}`);
  }
  return undefined;

  function candidate(file: string, value: string): Candidate {
    const called = nameOf(folder, repository);
    return {
      called,
      folder: folder.path,
      from: file,
      language: 'python',
      command: { value, from: `guess: by ${file}` },
    };
  }
}
