/**
 * A list as one value of a flag: joined by commas, or by a mark that gcloud splits it at as it was (`gcloud topic
 * escaping`). Whatever the values hold, there is such a mark.
 */
export function gcloudList(values: readonly string[]): string {
  if (!values[0]?.startsWith('^') && splits(values, ',')) return values.join(',');
  for (const mark of marks()) if (splits(values, mark)) return `^${mark}^${values.join(mark)}`;
  throw new Error('there is always another mark');
}

function* marks(): Generator<string> {
  yield* [';', '|', '@', '#', '~', '%'];
  for (let number = 1; ; number++) yield `:${number}:`;
}

/** Whether gcloud would find the same values again: it takes a mark at the end for the end of the last one. */
function splits(values: readonly string[], mark: string): boolean {
  const text = values.join(mark);
  const found = (text.endsWith(mark) ? text : text + mark).split(mark).slice(0, -1);
  return found.length === values.length && found.every((value, at) => value === values[at]);
}
