import { isText } from './yaml-values.ts';

/** A variable that holds a URL of another. */
export interface UrlVariable {
  readonly variable: string;
  readonly host: string;
  /** Behind the host; empty where there is none. */
  readonly path: string;
}

/** A port may be a variable of whoever reads the file: whatever it is, there is none behind a gate's address. */
const URL_FORM = /^https?:\/\/([a-z0-9][-a-z0-9_.]*)(?::(?:\d+|\$\w+|\$\{\w+\}))?(\/[\w./-]*)?$/i;
/** A URL of Cloud Run begins with the service's name. */
const RUN_APP = /^(.+?)-(?:\d+\.[-a-z0-9]+|[a-z0-9]{10}-[a-z]{2}\.a)\.run\.app$/;

/** What stands between is nobody who is called. */
const PROXY = /_PROXY$/i;

/** Those variables alone that hold a URL, without what may be a secret in one: a user, a query. */
export function urlsIn(variables: readonly (readonly [string, unknown])[]): readonly UrlVariable[] {
  return variables.flatMap(([variable, value]) => {
    const [, host, path = ''] = (isText(value) ? URL_FORM.exec(value.trim()) : null) ?? [];
    if (host === undefined || !/^[A-Za-z_]\w*$/.test(variable) || PROXY.test(variable)) return [];
    return [{ variable, host: RUN_APP.exec(host)?.[1] ?? host, path: path.replace(/\/$/, '') }];
  });
}
