import type { Decision } from '@run-edges/emulator';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { tracesOfARun } from '../matrix/traces.ts';
import { decisionLog } from './decision-log.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function decision(trace: string, mend = 'Add it.'): Decision {
  const said = { time: '', method: 'GET', path: '/', reason: 'not declared', log: '', rule: 'no-invoker' } as const;
  return { ...said, caller: 'login', receiver: 'search', status: 403, mend, trace } as unknown as Decision;
}

test('who tries every edge is one line for each run; whoever else is refused stays a line each, in between', () => {
  const lines: string[] = [];
  const log = decisionLog((line) => lines.push(line));
  const [one, other] = [tracesOfARun(), tracesOfARun()];
  for (let tried = 0; tried < 500; tried++) {
    log(decision(one()));
    log(decision(one(), ''));
    if (tried % 100 === 0) log(decision('ab'.repeat(16)));
    vi.advanceTimersByTime(100);
  }
  log(decision(other()));
  expect(lines).toHaveLength(5);
  expect(lines.every((line) => line.includes('login -> search GET /: not declared. Add it.'))).toBe(true);
  vi.advanceTimersByTime(5000);
  expect(lines.slice(5)).toEqual([
    expect.stringContaining('every edge was tried, and 500 requests were refused'),
    expect.stringContaining('every edge was tried, and 1 request was refused'),
  ]);
});

test('a run that is refused nothing is no line', () => {
  const write = vi.fn();
  decisionLog(write)(decision(tracesOfARun()(), ''));
  vi.advanceTimersByTime(5000);
  expect(write).not.toHaveBeenCalled();
});

test('traces are of their form, and each is another', () => {
  const traces = [tracesOfARun(), tracesOfARun()].flatMap((next) => Array.from({ length: 300 }, next));
  for (const trace of traces) expect(trace).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(traces).size).toBe(600);
});
