import { delimiter, dirname } from 'node:path';
import type { TrustFiles } from '../identity/authority/trust-files.ts';
import { noProxy } from '../run/runtime/no-proxy.ts';

/** Names that have to come to the proxy, whatever a user asks directly elsewhere. */
const OURS = /^\*?$|(?:^|\.)(?:run\.app|googleapis\.com|google\.com|google\.internal|internal)$|^metadata$|^169\.254\./;

/**
 * The variables by which programs take production addresses for what they are: each runtime reads others.
 * @param proxy `host:port`
 * @param before what stands there already
 */
export function productionEnv(
  proxy: string,
  trust: TrustFiles,
  before: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const url = `http://${proxy}`;
  const said = (before.no_proxy || before.NO_PROXY || '').split(',').map((name) => name.trim());
  const kept = said.filter((name) => !OURS.test(name.toLowerCase().replace(/:\d+$/, ''))).join(',');
  return {
    ...noProxy({ NO_PROXY: kept }),
    GOOGLE_CERTS_URL: 'https://www.googleapis.com/oauth2/v3/certs',
    HTTP_PROXY: url,
    http_proxy: url,
    HTTPS_PROXY: url,
    https_proxy: url,
    // Node.js, from 22.21 on.
    NODE_USE_ENV_PROXY: '1',
    ...trustEnv(trust, [...proxyOfJava(proxy), before.JAVA_TOOL_OPTIONS ?? ''], before.PHP_INI_SCAN_DIR),
  };
}

/**
 * The variables by which programs trust the authority: each runtime reads others.
 * @param java more of its options
 * @param php where PHP reads settings from besides; empty: where it was built to
 */
export function trustEnv(trust: TrustFiles, java: readonly string[] = [], php = ''): Record<string, string> {
  return {
    NODE_EXTRA_CA_CERTS: trust.authority,
    // OpenSSL, and with it Python and Ruby; Go; Rust.
    SSL_CERT_FILE: trust.bundle,
    REQUESTS_CA_BUNDLE: trust.bundle,
    HTTPLIB2_CA_CERTS: trust.bundle,
    CURL_CA_BUNDLE: trust.bundle,
    GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: trust.bundle,
    CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE: trust.bundle,
    PHP_INI_SCAN_DIR: `${php}${delimiter}${dirname(trust.php)}`,
    // Java reads neither proxies nor what to trust from variables of their own.
    JAVA_TOOL_OPTIONS: [...trustOfJava(trust.store), ...java].join(' ').trim(),
  };
}

function proxyOfJava(proxy: string): string[] {
  const [, host = '', port = ''] = /^\[?([^\]]+)\]?:(\d+)$/.exec(proxy) ?? [];
  const at = (scheme: string) => [`-D${scheme}.proxyHost=${host}`, `-D${scheme}.proxyPort=${port}`];
  return [...at('http'), ...at('https'), '-Dhttp.nonProxyHosts=localhost|127.*|[::1]'];
}

function trustOfJava(store: string): string[] {
  const option = `-Djavax.net.ssl.trustStore=${store}`;
  const quoted = /\s/.test(option) ? `"${option}"` : option;
  return [quoted, '-Djavax.net.ssl.trustStoreType=PKCS12'];
}
