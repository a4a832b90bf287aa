/** An HTTP answer as data, so that faults can alter it before it is sent. */
import type { ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';

/**
 * `cut`: half of the body, then the connection is reset; `silent`: no answer at all; `stalled`: half of the body,
 * then nothing more; `slow`: the body in many parts with pauses between.
 */
export type Manner = 'whole' | 'cut' | 'silent' | 'stalled' | 'slow';

/** A slow answer takes about a second. */
const SLOW_PARTS = 20;
const SLOW_PAUSE_MS = 50;

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly manner?: Manner;
}

/** A JSON answer. */
export function jsonReply(status: number, value: unknown, headers: Record<string, string> = {}): Reply {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** A Binance error, `{"code":..,"msg":..}`. */
export function errorReply(status: number, code: number, msg: string): Reply {
  return jsonReply(status, { code, msg });
}

export function xmlReply(status: number, xml: string): Reply {
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(xml) };
}

/** The answer of an S3 bucket to a key it does not have. */
export function noSuchKey(key: string): Reply {
  return xmlReply(
    404,
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>${escapeXml(key)}</Key></Error>`,
  );
}

export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}

/** Sends a reply in its manner; `HEAD` gets no body. */
export function sendReply(response: ServerResponse, reply: Reply, method: string): void {
  if (reply.manner === 'silent') return;
  response.writeHead(reply.status, { ...reply.headers, 'content-length': String(reply.body.length) });
  const half = reply.body.subarray(0, Math.floor(reply.body.length / 2));
  if (method === 'HEAD') response.end();
  else if (reply.manner === 'cut') response.write(half, () => response.socket?.resetAndDestroy());
  else if (reply.manner === 'stalled') response.write(half);
  else if (reply.manner === 'slow') void sendSlowly(response, reply.body);
  else response.end(reply.body);
}

async function sendSlowly(response: ServerResponse, body: Buffer): Promise<void> {
  const bytes = Math.max(1, Math.ceil(body.length / SLOW_PARTS));
  for (let at = 0; at < body.length && !response.destroyed; at += bytes) {
    response.write(body.subarray(at, at + bytes));
    await setTimeout(SLOW_PAUSE_MS);
  }
  response.end();
}
