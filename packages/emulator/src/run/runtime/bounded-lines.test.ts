import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLines } from './bounded-lines.ts';

async function linesOf(chunks: readonly (string | Buffer)[], longest?: number): Promise<string[]> {
  const stream = new PassThrough();
  const lines: string[] = [];
  readLines(stream, (line) => lines.push(line), longest);
  for (const chunk of chunks) stream.write(chunk);
  const ended = new Promise((resolve) => stream.on('end', resolve));
  stream.end();
  await ended;
  return lines;
}

describe('lines', () => {
  test('are told as they end, and the last one without an end', async () => {
    expect(await linesOf(['one\ntwo', ' and more\r\n\nlast'])).toEqual(['one', 'two and more', '', 'last']);
    expect(await linesOf(['one\n'])).toEqual(['one']);
    expect(await linesOf([])).toEqual([]);
  });

  test('come whole wherever the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' '))),
        fc.integer({ min: 1, max: 7 }),
        async (lines, size) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
          expect(await linesOf(chunks)).toEqual(lines);
        },
      ),
    );
  });

  test('that are too long are cut, and say so; the next one is whole', async () => {
    expect(await linesOf(['abc', 'defg', 'h\nnext\n'], 5)).toEqual(['abcde… (3 characters left out)', 'next']);
    expect(await linesOf(['abcdefgh'], 5)).toEqual(['abcde… (3 characters left out)']);
  });

  test('that never end take no memory', async () => {
    const stream = new PassThrough();
    const lines: string[] = [];
    readLines(stream, (line) => lines.push(line));
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    // More than the longest text that JavaScript can hold.
    for (let written = 0; written < 600; written++)
      if (!stream.write(chunk)) await new Promise((resolve) => stream.once('drain', resolve));
    const ended = new Promise((resolve) => stream.on('end', resolve));
    stream.end();
    await ended;
    expect(lines.map(({ length }) => length < 300_000)).toEqual([true]);
  });
});
