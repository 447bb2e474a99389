import type { Requirements } from './requirement.ts';
import { sources } from './sources.ts';

export const transport = {
  'gate:headers-added': {
    behaviour: 'x-forwarded-for, x-forwarded-proto, forwarded, traceparent and x-cloud-trace-context are added',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:forwarded-proto': {
    behaviour: 'x-forwarded-proto and forwarded say https',
    source: sources.TRANSCRIPT,
    mark: 'R',
    differs: 'gates speak HTTP without TLS, and say so: an app that makes URLs of it would send its callers astray',
  },
  'gate:forwarded-proto-setting': {
    behaviour: 'by a setting they say https here, too, for apps that lead everything else there',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:headers-removed': {
    behaviour: 'hop-by-hop and X-Google-* headers do not reach the container',
    source: 'https://docs.cloud.google.com/functions/docs/reference/headers',
    mark: 'D',
  },
  'gate:named-away': {
    behaviour: 'no header that is not of one hop can be named away by Connection: 400; the container’s own arrive',
    source: 'RFC 9110 section 7.6.1 allows it; what Google does is not known',
    mark: 'U',
  },
  'gate:cookie-private': {
    behaviour: 'an answer with Set-Cookie gets Cache-Control: private',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:headers-kept': {
    behaviour: 'the caller’s other headers reach the container as they were sent',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:answer-headers': {
    behaviour: 'answers carry "server: Google Frontend" and no hop-by-hop headers of the container',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:absolute-form': {
    behaviour: 'a request target in absolute form is understood',
    source: 'RFC 9112 section 3.2.2',
    mark: 'D',
  },
  'gate:malformed-request': {
    behaviour: 'several hosts, no path, CONNECT: 4xx before anything is decided',
    source: 'RFC 9112 section 3.2',
    mark: 'D',
  },
  'gate:no-smuggling': {
    behaviour: 'ambiguous framing is refused with 4xx, and nothing hides in a body',
    source: 'RFC 9112 section 6.3',
    mark: 'D',
  },
  'gate:length-required': {
    behaviour: 'a POST with neither a body nor Content-Length: 411 with Google’s page of 286 bytes; so PUT and PATCH',
    source: 'reported in October 2026 of Cloud Run; the page: coreruleset/go-ftw issue 134',
    mark: 'R',
  },
  'gate:request-too-large': {
    behaviour: 'an HTTP/1 request body over the limit: 413 with Google’s page, chunked or not',
    source: 'ahmetoner/whisper-asr-webservice issue 143 (the page), https://docs.cloud.google.com/run/quotas',
    mark: 'R',
  },
  'gate:request-32-mib': { behaviour: 'the limit is 32 MiB both ways', source: sources.QUOTAS, mark: 'D' },
  'gate:response-too-large': {
    behaviour: 'an answer over the limit that is not chunked: 500',
    source: 'simonw/datasette issue 749, https://docs.cloud.google.com/run/quotas',
    mark: 'R',
  },
  'gate:header-limit': { behaviour: 'headers over the limit: 431', source: 'RFC 6585 section 5', mark: 'U' },
  'gate:no-instance': {
    behaviour: 'concurrency x maxInstances busy beyond the queue wait: 429',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:queue': {
    behaviour: 'requests wait for an instance, first come first served',
    source: sources.CONTRACT,
    mark: 'D',
  },
  'gate:timeout': {
    behaviour: 'over the request timeout: 504 "upstream request timeout"',
    source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    mark: 'D',
  },
  'gate:slow-headers': { behaviour: 'a head that does not arrive in time: 408', source: sources.HTTP, mark: 'U' },
  'gate:broken-answer': {
    behaviour: 'a container that dies in the middle of an answer is a broken transfer for the caller',
    source: sources.HTTP,
    mark: 'D',
  },
  'gate:streaming': {
    behaviour: 'requests and answers stream both ways over HTTP/1.1',
    source: 'https://docs.cloud.google.com/run/docs/triggering/https-request',
    mark: 'D',
  },
  'gate:events': { behaviour: 'server-sent events are not held back', source: sources.QUOTAS, mark: 'D' },
  'gate:trailers': {
    behaviour: 'trailers pass, but for those that frame, route or authorize',
    source: sources.HTTP,
    mark: 'U',
  },
  'gate:continue': {
    behaviour: 'Expect: 100-continue is answered once the request may pass',
    source: sources.HTTP,
    mark: 'U',
  },
  'gate:head': { behaviour: 'HEAD gets headers and no body', source: sources.HTTP, mark: 'D' },
  'gate:bodiless': { behaviour: 'messages without a body stay without one', source: sources.HTTP, mark: 'D' },
  'gate:pipelining': { behaviour: 'pipelined requests are answered in order', source: sources.HTTP, mark: 'D' },
  'gate:keep-alive': { behaviour: 'connections are kept and used again', source: sources.HTTP, mark: 'D' },
  'gate:early-answer': {
    behaviour: 'an answer that precedes the end of its request arrives',
    source: sources.HTTP,
    mark: 'D',
  },
  'gate:caller-gone': {
    behaviour: 'the container sees a caller that goes away, at any time',
    source: 'https://docs.cloud.google.com/run/docs/configuring/request-timeout',
    mark: 'M',
  },
  'gate:websocket': {
    behaviour: 'WebSockets pass with frames, pings and close codes; the request timeout holds for them',
    source: 'https://docs.cloud.google.com/run/docs/triggering/websockets',
    mark: 'D',
  },
  'gate:websocket-iam': {
    behaviour: 'a WebSocket meets the same rules as any request',
    source: 'https://docs.cloud.google.com/run/docs/triggering/websockets',
    mark: 'D',
  },
  'gate:websocket-many': {
    behaviour: '1,000 WebSockets at once',
    source: 'https://docs.cloud.google.com/run/docs/triggering/websockets',
    mark: 'D',
  },
  'gate:http2': {
    behaviour: 'the container is spoken to in h2c where the service asks for it, without size limits',
    source: 'https://docs.cloud.google.com/run/docs/configuring/http2',
    mark: 'D',
  },
  'gate:protocol-mismatch': {
    behaviour: 'a container that speaks HTTP/2 where its service does not say so, or the reverse: 503',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:flat-memory': {
    behaviour: 'long streams pass without being kept',
    source: 'https://docs.cloud.google.com/run/docs/triggering/https-request',
    mark: 'D',
  },
  'gate:fuzz': {
    behaviour: 'random bytes at any port: no 5xx of its own but 501 for what is not emulated, no crash, no leak',
    source: sources.HTTP,
    mark: 'M',
  },
  'gate:raw-requests': {
    behaviour: 'whatever bytes a caller sends: an answer or a closed connection, a decision, and the gate goes on',
    source: sources.HTTP,
    mark: 'M',
  },
  'gate:raw-answers': {
    behaviour:
      'whatever bytes a container answers: its caller gets a whole answer, 503 or a broken one, and the gate goes on',
    source: sources.TROUBLE,
    mark: 'D',
  },
  'gate:unavailable': { behaviour: 'a container that is gone: 503', source: sources.TROUBLE, mark: 'D' },
  'gate:host': {
    behaviour: 'the container is told the host that was asked for',
    source: sources.TRANSCRIPT,
    mark: 'R',
  },
  'gate:trace-format': {
    behaviour: 'X-Cloud-Trace-Context is 32 hex digits, a decimal span and o=1, and traceparent the same trace',
    source: 'https://docs.cloud.google.com/functions/docs/reference/headers',
    mark: 'D',
  },
  'gate:forwarded-for': {
    behaviour: 'the caller’s address is appended to the X-Forwarded-For that it sent',
    source: sources.TRANSCRIPT,
    mark: 'M',
  },
  'gate:caller-http2': {
    behaviour: 'callers may speak HTTP/2, and the container is asked in HTTP/1.1 unless its service says otherwise',
    source: 'https://docs.cloud.google.com/run/docs/configuring/http2',
    mark: 'D',
  },
  'gate:raw-http2': {
    behaviour:
      'whatever frames a caller sends in HTTP/2: what is malformed is reset or refused, nothing hides in a request to a container in HTTP/1.1, and the gate goes on',
    source: 'RFC 9113 sections 8.2, 8.3 and 10',
    mark: 'D',
  },
  'gate:http2-floods': {
    behaviour:
      'a caller in HTTP/2 that reads nothing, or floods a gate with frames, resets, empty pieces or packed heads: what is held stays bounded, others are served',
    source: 'RFC 9113 section 10.5',
    mark: 'D',
  },
  'gate:reset-heads': {
    behaviour:
      'a head in HTTP/2 that is none is reset by nghttp2, which tells nobody why: the decision says that it was, and how many, within two seconds, behind the next request or when the connection ends',
    source: 'RFC 9113 section 8.1.1',
    mark: 'D',
  },
  'gate:grpc': {
    behaviour:
      'gRPC reaches the container in HTTP/2 (h2c), whatever the service says; an answer that is all trailers stays one',
    source: 'https://docs.cloud.google.com/run/docs/configuring/http2',
    mark: 'D',
  },
  'gate:grpc-refused': {
    behaviour:
      'gRPC that is refused gets the status and the page in text/html, of which its clients make UNAUTHENTICATED or PERMISSION_DENIED',
    source: 'GoogleCloudPlatform/esp-v2 issue 542',
    mark: 'R',
  },
  'gate:http2-farewell': {
    behaviour: 'a gate that closes says so (GOAWAY), and lets what is under way end',
    source: 'RFC 9113 section 6.8',
    mark: 'D',
  },
  'gate:http2-websocket': {
    behaviour: 'no WebSocket over HTTP/2: the setting that offers it (RFC 8441) is not sent',
    source: 'spellshift/realm issue 726, fleetdm/fleet issue 37352',
    mark: 'R',
  },
  'gate:caller-tls': {
    behaviour: 'callers speak TLS, at production addresses',
    source: sources.CONTRACT,
    mark: 'D',
  },
} as const satisfies Requirements;
