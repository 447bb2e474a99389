import { clearLine, cursorTo } from 'node:readline';

/**
 * Says on standard error what is being done and how far it is: on a terminal in one line that changes, elsewhere in one
 * line for each phase. An empty phase clears the line.
 */
export function createProgress(stream: NodeJS.WriteStream): (phase: string, detail?: string) => void {
  let current = '';
  return (phase, detail = '') => {
    if (stream.isTTY) {
      clearLine(stream, 0);
      cursorTo(stream, 0);
      stream.write([phase, detail].join(' ').trim());
    } else if (phase !== current && phase !== '') stream.write(`${phase}\n`);
    current = phase;
  };
}
