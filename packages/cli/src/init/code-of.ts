import { isBelow, pathIn } from './folders.ts';
import type { Scanned } from './scan.ts';

/** A line of a service's own code. */
export interface Line {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly text: string;
}

const SOURCE = /\.(?:[cm]?[jt]sx?|py|go|java|kt|scala|rb|php|cs|rs|yaml|yml|properties|toml)$/;
const NO_CODE = /\.(?:test|spec)\.|_test\.|^(?:pnpm-lock|package-lock|compose|docker-compose|service)\b/;
/** Files of one service that are read. */
const MOST = 300;
/** UTF-16 units; a longer line is no line that somebody wrote. */
const LONGEST = 2000;

/** The code below a folder, a line after another. */
export function codeOf(folder: string, { folders, read }: Scanned): readonly Line[] {
  const files = folders
    .filter(({ path }) => path === folder || isBelow(path, folder))
    .flatMap((one) =>
      [...one.files]
        .filter((name) => SOURCE.test(name) && !NO_CODE.test(name))
        .sort()
        .map((name) => pathIn(one, name)),
    )
    .slice(0, MOST);
  return files.flatMap((file) =>
    read(file)
      .split('\n')
      .map((text, index) => ({ file, line: index + 1, text }))
      .filter(({ text }) => text.length <= LONGEST),
  );
}
