/** From a node and the records of its inputs to what is hashed into its key. Pure. */
import { createHash } from 'node:crypto';
import { DAY_MS, dayOf, dayStartMs, isoOf } from '../bars/interval.js';
import { InvariantError } from '../errors.js';
import type { JsonObject, KnownOutput, KnownRecord, NodeInput, PlanNode } from './node.js';

export interface PreimageInput {
  readonly name: string;
  readonly window: readonly [string, string] | null;
  readonly digest: string;
}

export interface NodePreimage {
  readonly v: 'k1';
  readonly stage: string;
  readonly impl: string;
  readonly params: JsonObject;
  readonly inputs: readonly PreimageInput[];
  readonly env: Readonly<Record<string, string>>;
  readonly salt: string;
}

/** Fingerprint of the code and versions of the libraries behind each program. */
export interface CodeIdentity {
  readonly impl: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The preimage of a node's key.
 * @param records the record of every node that `node` reads
 * @throws InvariantError INPUT_UNKNOWN when one is missing, OUTPUT_UNKNOWN when it lacks the output
 */
export function preimageOf(
  node: PlanNode,
  records: ReadonlyMap<string, KnownRecord>,
  code: CodeIdentity,
): NodePreimage {
  return {
    v: 'k1',
    stage: node.program,
    impl: code.impl,
    params: node.params,
    inputs: node.inputs.flatMap((input) => preimageInputs(input, records)),
    env: code.env,
    salt: node.salt,
  };
}

/** An input of a node, its digest null while one of the nodes that it reads is not there. */
export interface ExpectedInput {
  readonly name: string;
  readonly window: readonly [string, string] | null;
  readonly digest: string | null;
}

/** The inputs that will stand in a node's preimage, as far as the records tell. */
export function expectedInputs(node: PlanNode, records: ReadonlyMap<string, KnownRecord>): ExpectedInput[] {
  return node.inputs.flatMap((input): ExpectedInput[] => {
    if (input.window === null) {
      return input.nodes.flatMap((id): ExpectedInput[] =>
        records.has(id)
          ? preimageInputs({ ...input, nodes: [id] }, records)
          : [{ name: `${input.name}:${id}`, window: null, digest: null }],
      );
    }
    if (input.nodes.every((id) => records.has(id))) return preimageInputs(input, records);
    const [startMs, endMs] = input.window;
    return [{ name: input.name, window: [isoOf(startMs), isoOf(endMs)], digest: null }];
  });
}

function preimageInputs(input: NodeInput, records: ReadonlyMap<string, KnownRecord>): PreimageInput[] {
  if (input.window === null) {
    return input.nodes.map((id) => ({
      name: `${input.name}:${id}`,
      window: null,
      digest: outputOf(input, id, records).digest,
    }));
  }
  const [startMs, endMs] = input.window;
  const outputs = input.nodes.map((id) => outputOf(input, id, records));
  return [
    {
      name: input.name,
      window: [isoOf(startMs), isoOf(endMs)],
      digest: windowDigest(outputs, startMs, endMs),
    },
  ];
}

/** The named output of a node an input lists. */
export function outputOf(
  input: NodeInput,
  id: string,
  records: ReadonlyMap<string, KnownRecord>,
): KnownOutput {
  const record = records.get(id);
  if (record === undefined) {
    throw new InvariantError('INPUT_UNKNOWN', {
      what: `The key of a node needs the record of ${id}, which is not known.`,
      fix: 'This is a bug of minute-alpha: please report it with the plan.',
    });
  }
  const output = record.outputs.find(({ name }) => name === input.output);
  if (output === undefined) {
    throw new InvariantError('OUTPUT_UNKNOWN', {
      what: `The record of ${id} has no output "${input.output}", only ${record.outputs.map(({ name }) => name).join(', ')}.`,
      fix: 'This is a bug of minute-alpha: please report it with the record.',
    });
  }
  return output;
}

/** One digest over the UTC days of the tables that intersect [startMs, endMs), in order of time. */
export function windowDigest(outputs: readonly KnownOutput[], startMs: number, endMs: number): string {
  const first = dayOf(dayStartMs(startMs));
  const last = dayOf(dayStartMs(endMs - 1 + DAY_MS) - DAY_MS);
  const days = outputs
    .flatMap((output) => output.days ?? [])
    .filter(({ day }) => day >= first && day <= last)
    .map(({ day, digest }) => `${day} ${digest}\n`)
    .sort();
  return `sha256:${createHash('sha256').update(days.join('')).digest('hex')}`;
}
