/**
 * How a request is sent: axios over an adapter of our own, for an archive is thousands of small files and the
 * library's adapter takes longer for one than Node does. Where a proxy of the environment may apply, the library's
 * adapter is used, which knows them.
 */
import http from 'node:http';
import https from 'node:https';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import axios, {
  Axios,
  CanceledError,
  getAdapter,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios';
import type { Deadline } from './deadline.js';

/** The head of an answer, and its body as it comes, any transfer compression undone. */
export interface OpenAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

const AGENT = { keepAlive: true, maxSockets: 32 };
const AGENTS = { httpAgent: new http.Agent(AGENT), httpsAgent: new https.Agent(AGENT) };
const HEADERS = {
  accept: 'application/json, text/plain, */*',
  'user-agent': `axios/${axios.VERSION}`,
  // Not deflate: servers do not agree on what that is.
  'accept-encoding': 'gzip, br',
};
const UNPACKERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createUnzip],
  ['x-gzip', createUnzip],
  ['deflate', createUnzip],
  ['br', createBrotliDecompress],
]);

/** Bare clients: each of the library's defaults would be merged into each request, and none is of use here. */
const direct = new Axios({ adapter: sendDirectly });
const proxied = new Axios({ adapter: sendByLibrary });

/**
 * Sends a GET; any status is an answer, and redirects are not followed. Ends with an error of code ERR_CANCELED at the
 * deadline, also while the body is read, and of Node's code for a failure below HTTP.
 */
export async function openGet(
  url: string,
  { hasProxy, deadline }: { hasProxy: boolean; deadline: Deadline },
): Promise<OpenAnswer> {
  // Proxies are for the way out, not for this machine.
  const client = hasProxy && !isLoopback(url) ? proxied : direct;
  const { data } = await client.request<OpenAnswer>({ url, signal: deadline });
  return data;
}

/** Whether a URL names this machine. */
export function isLoopback(url: string): boolean {
  return /^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])([:/?#]|$)/i.test(url);
}

function sendDirectly(config: InternalAxiosRequestConfig): Promise<AxiosResponse<OpenAnswer>> {
  const { url, signal } = config;
  return new Promise((resolve, reject) => {
    const request = requestOf(url!);
    let sent: http.ClientRequest | Readable = request;
    const fail = (error: Error): void => {
      sent.destroy(error);
      // Not left to the stream: one that is destroyed already says nothing more.
      reject(error);
    };
    signal?.addEventListener?.('abort', () => fail(new CanceledError()));
    // Listens to the end: an error after the head is the body's to tell, but must find a listener here.
    request.on('error', reject);
    request.once('response', (response) => {
      const answer = openAnswer(response);
      sent = answer.body;
      sent.on('error', reject);
      resolve(answerOfAxios(config, answer));
    });
    // What was not asked for and has no body: the connection is of no use any more.
    request.once('upgrade', (_response, socket) => {
      socket.destroy();
      fail(cutError());
    });
    request.once('close', () => reject(cutError()));
    request.end();
  });
}

/** The error of an answer that ends before it is whole. */
export function cutError(): Error {
  return Object.assign(new Error('closed before its end'), { code: 'ECONNRESET' });
}

function requestOf(url: string): http.ClientRequest {
  const target = new URL(url);
  return target.protocol === 'https:'
    ? https.request(target, { agent: AGENTS.httpsAgent, headers: HEADERS })
    : http.request(target, { agent: AGENTS.httpAgent, headers: HEADERS });
}

function openAnswer(response: http.IncomingMessage): OpenAnswer {
  const headers = plainHeaders(response.headers);
  const unpacker = UNPACKERS.get(headers['content-encoding']?.toLowerCase() ?? '');
  // A failure of either ends the other; who reads the body hears of it there.
  const body = unpacker === undefined ? response : pipeline(response, unpacker(), () => undefined);
  return { status: response.statusCode ?? 0, headers, body };
}

function answerOfAxios(config: InternalAxiosRequestConfig, data: OpenAnswer): AxiosResponse<OpenAnswer> {
  // The library would copy headers that are not empty into objects of its own.
  return { data, status: data.status, statusText: '', headers: {}, config };
}

const libraryAdapter: AxiosAdapter = getAdapter('http');

async function sendByLibrary(config: InternalAxiosRequestConfig): Promise<AxiosResponse<OpenAnswer>> {
  const answer = await libraryAdapter({
    ...config,
    ...AGENTS,
    responseType: 'stream',
    validateStatus: null,
    maxRedirects: 0,
  });
  const { status, headers, data } = answer;
  return answerOfAxios(config, { status, headers: plainHeaders(headers), body: data as Readable });
}

function plainHeaders(headers: object): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) plain[name.toLowerCase()] = String(value);
  return plain;
}
