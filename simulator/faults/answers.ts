/** Answers that went wrong. Pure: a reply in, a reply out. */
import { errorReply, noSuchKey, type Reply } from '../reply.js';

/** The backend is overloaded. */
export function unavailable(_reply: Reply): Reply {
  return errorReply(
    503,
    -1008,
    'Server is currently overloaded with other requests. Please try again in a few minutes.',
  );
}

export function silent(reply: Reply): Reply {
  return { ...reply, manner: 'silent' };
}

export function cut(reply: Reply): Reply {
  return { ...reply, manner: 'cut' };
}

export function stalled(reply: Reply): Reply {
  return { ...reply, manner: 'stalled' };
}

export function slow(reply: Reply): Reply {
  return { ...reply, manner: 'slow' };
}

/** Half of the body, whole as far as HTTP can tell. */
export function half(reply: Reply): Reply {
  return { ...reply, body: reply.body.subarray(0, Math.floor(reply.body.length / 2)) };
}

/** What a login page of a network or a maintenance page looks like to a program. */
export function webPage(_reply: Reply): Reply {
  return {
    status: 200,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: Buffer.from('<!DOCTYPE html>\n<html><head><title>Please wait</title></head><body></body></html>\n'),
  };
}

export function negativeWeight(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, 'x-mbx-used-weight-1m': '-1' } };
}

export function gone(_reply: Reply): Reply {
  return noSuchKey('archive-404');
}

/** The first eight digits of the hash inverted. */
export function wrongHash(reply: Reply): Reply {
  const text = reply.body.toString('latin1');
  const wrong = text
    .slice(0, 8)
    .replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
  return { ...reply, body: Buffer.from(wrong + text.slice(8), 'latin1') };
}
