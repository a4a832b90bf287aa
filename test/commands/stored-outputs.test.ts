import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunResult } from '../../activities/contract.js';
import { withStoredOutputs } from '../../commands/stored-outputs.js';
import { openStorage } from '../../lib/store/index.js';

let folder: string;
let told: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'outputs-'));
  told = [];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const place = (): string => path.join(folder, 'cache');
const resultOf = (change: Partial<RunResult>): RunResult => ({ runId: 'r', ...change }) as RunResult;
const ref = `sha256:${'0'.repeat(64)}`;

it('reads the outputs of a result from the store, and says nothing', async () => {
  const outputs = { 'klines/A/2023-01': 'sha256:x' };
  const outputsRef = await openStorage(place()).putBytes(Buffer.from(JSON.stringify(outputs)));
  expect(await withStoredOutputs(resultOf({ outputsRef }), place())).toMatchObject({ outputs, outputsRef });
  expect(await withStoredOutputs(resultOf({ outputs }), path.join(folder, 'none'))).toMatchObject({
    outputs,
  });
  expect(told).toEqual([]);
});

it('says where the outputs are when the store is not on this machine', async () => {
  const result = resultOf({ outputsRef: ref });
  expect(await withStoredOutputs(result, place())).toEqual(result);
  expect(told.join('')).toMatch(`the worker's store has them, as ${ref}. There is no store at ${place()}`);
});

it('says so too when the store on this machine is another', async () => {
  openStorage(place());
  const result = resultOf({ outputsRef: ref });
  expect(await withStoredOutputs(result, place())).toEqual(result);
  expect(told.join('')).toMatch(`The store has no bytes for ${ref}`);
});

it('fails where the stored outputs are damaged', async () => {
  const outputsRef = await openStorage(place()).putBytes(Buffer.from('{"no json'));
  await expect(withStoredOutputs(resultOf({ outputsRef }), place())).rejects.toThrow(SyntaxError);
});
