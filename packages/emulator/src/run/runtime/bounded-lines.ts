import { StringDecoder } from 'node:string_decoder';

/** Characters of a line that are kept: Cloud Logging keeps 256 KB of an entry. https://cloud.google.com/logging/quotas */
const LONGEST_LINE = 256 * 1024;

/**
 * Calls back with each line of a stream of bytes, and with what stands behind the last one. Of a longer line the beginning
 * is told, and that the rest is left out: whoever never ends a line costs no more memory than that.
 */
export function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void, longest = LONGEST_LINE): void {
  const decoder = new StringDecoder('utf8');
  let line = '';
  let left = 0;

  const keep = (text: string) => {
    const kept = text.slice(0, longest - line.length);
    line += kept;
    left += text.length - kept.length;
  };
  const end = () => {
    onLine(left === 0 ? line.replace(/\r$/, '') : `${line}… (${left} characters left out)`);
    line = '';
    left = 0;
  };
  const take = (text: string) => {
    const [first = '', ...others] = text.split('\n');
    keep(first);
    for (const other of others) {
      end();
      keep(other);
    }
  };

  stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  stream.on('end', () => {
    take(decoder.end());
    if (line !== '') end();
  });
}
