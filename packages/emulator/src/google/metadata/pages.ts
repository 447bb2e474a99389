import { escapeHtml } from '../../internal/html.ts';

/** The page for a request without `Metadata-Flavor: Google`. */
export function forbiddenPage(path: string): string {
  return errorPage(
    403,
    'Forbidden',
    `Your client does not have permission to get URL <code>${escapeHtml(path)}</code> from this server. Missing Metadata-Flavor:Google header.`,
  );
}

export function notFoundPage(path: string): string {
  return errorPage(
    404,
    'Not Found',
    `The requested URL <code>${escapeHtml(path)}</code> was not found on this server.`,
  );
}

function errorPage(status: number, title: string, sentence: string): string {
  return `<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error ${status} (${title})!!1</title>
  <p><b>${status}.</b> <ins>That’s an error.</ins>
  <p>${sentence}  <ins>That’s all we know.</ins>
</html>
`;
}
