/** What a fault is, as data. Types only. */
import type { Reply } from '../reply.js';

/** `rest`: any REST request; `klines`: a klines page; `zip`, `checksum`: that file; `any`: all of these. */
export type Scope = 'rest' | 'klines' | 'zip' | 'checksum' | 'any';

export interface PageContext {
  readonly intervalMs: number;
  readonly nowMs: number;
}

/** An archive's content before it is packed. */
export interface ArchiveContent {
  readonly csvName: string;
  readonly header: string | null;
  readonly lines: readonly string[];
}

export type FaultDefinition = { readonly does: string } & (
  | { readonly kind: 'limit'; readonly scope: 'rest'; readonly limit: 'pause' | 'silent-pause' | 'ban' }
  | { readonly kind: 'reply'; readonly scope: Scope; readonly alter: (reply: Reply) => Reply }
  | {
      readonly kind: 'rows';
      /** `page`: REST; `archive`: the CSV in a zip. */
      readonly places: readonly ('page' | 'archive')[];
      readonly alter: (lines: readonly string[], page: PageContext) => readonly string[];
    }
  | {
      readonly kind: 'file';
      /** The zip cannot be opened afterwards, so that nothing more can be done to it. */
      readonly ruins: boolean;
      readonly pack: (content: ArchiveContent) => Buffer;
    }
  | { readonly kind: 'replaced'; readonly alter: (lines: readonly string[]) => readonly string[] }
);
