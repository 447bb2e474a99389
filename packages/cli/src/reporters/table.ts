import { renderDifferences, renderMatrix } from '../matrix/render-matrix.ts';
import type { Report } from './report.ts';

/** For people at a terminal. */
export function table({ tried, onlyDifferences }: Report): string {
  return onlyDifferences ? renderDifferences(tried) : renderMatrix(tried);
}
