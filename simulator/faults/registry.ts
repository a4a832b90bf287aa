/** Every fault as data: its name, what it applies to, what it does. */
import * as answers from './answers.js';
import type { FaultDefinition } from './definition.js';
import * as files from './files.js';
import * as rows from './rows.js';

export const FAULTS = {
  '429': { does: 'too many requests, with Retry-After', kind: 'limit', scope: 'rest', limit: 'pause' },
  '429-no-header': {
    does: 'too many requests, without saying for how long',
    kind: 'limit',
    scope: 'rest',
    limit: 'silent-pause',
  },
  '418': {
    does: 'a ban of the address, `banned until` in the body',
    kind: 'limit',
    scope: 'rest',
    limit: 'ban',
  },
  '5xx': { does: '503', kind: 'reply', scope: 'any', alter: answers.unavailable },
  timeout: { does: 'no answer', kind: 'reply', scope: 'any', alter: answers.silent },
  reset: { does: 'the connection is reset in the body', kind: 'reply', scope: 'any', alter: answers.cut },
  stalled: {
    does: 'half of the body, then nothing more',
    kind: 'reply',
    scope: 'any',
    alter: answers.stalled,
  },
  slow: {
    does: 'the body in 20 parts, 50 ms apart',
    kind: 'reply',
    scope: 'any',
    alter: answers.slow,
  },
  'truncated-json': {
    does: 'half of the JSON under a 200',
    kind: 'reply',
    scope: 'klines',
    alter: answers.half,
  },
  'html-200': { does: 'a web page under a 200', kind: 'reply', scope: 'any', alter: answers.webPage },
  'weight-minus-one': {
    does: 'X-MBX-USED-WEIGHT-1M: -1',
    kind: 'reply',
    scope: 'rest',
    alter: answers.negativeWeight,
  },
  'short-page': { does: 'half of the page', kind: 'rows', places: ['page'], alter: rows.firstHalf },
  duplicate: { does: 'one bar twice', kind: 'rows', places: ['page', 'archive'], alter: rows.oneTwice },
  unordered: { does: 'two bars swapped', kind: 'rows', places: ['page', 'archive'], alter: rows.twoSwapped },
  missing: { does: 'a bar left out', kind: 'rows', places: ['page', 'archive'], alter: rows.oneLeftOut },
  'open-bar': {
    does: 'the bar that is still open, at the end',
    kind: 'rows',
    places: ['page'],
    alter: rows.openBar,
  },
  'archive-404': { does: 'a listed zip is not there', kind: 'reply', scope: 'zip', alter: answers.gone },
  'bad-checksum': {
    does: 'a wrong hash in CHECKSUM',
    kind: 'reply',
    scope: 'checksum',
    alter: answers.wrongHash,
  },
  'torn-zip': { does: 'half of the zip', kind: 'reply', scope: 'zip', alter: answers.half },
  'two-entries': { does: 'a second file in the zip', kind: 'file', ruins: true, pack: files.twoEntries },
  'zip-bomb': {
    does: 'a zip that unpacks to far more than it states',
    kind: 'file',
    ruins: true,
    pack: files.bomb,
  },
  'zip-path': { does: 'a path in the name of the entry', kind: 'file', ruins: true, pack: files.withPath },
  header: { does: 'a header row', kind: 'file', ruins: false, pack: files.withHeader },
  'no-header': { does: 'no header row', kind: 'file', ruins: false, pack: files.withoutHeader },
  microseconds: { does: 'times in microseconds', kind: 'file', ruins: false, pack: files.inMicroseconds },
  'replaced-archive': {
    does: 'other volumes in ten bars, from the second download on',
    kind: 'replaced',
    alter: rows.restated,
  },
} as const satisfies Record<string, FaultDefinition>;

export type FaultName = keyof typeof FAULTS;
