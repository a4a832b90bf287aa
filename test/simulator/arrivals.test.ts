/** A request is blamed for a ban or pause only where its sender could have heard of it. */
import { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Arrivals } from '../../simulator/arrivals.js';
import { Limiter } from '../../simulator/limiter.js';

const limiterOf = (weightLimit: number): Limiter =>
  new Limiter({ weightLimit, banMs: 1000, pauseMs: 1000, now: () => 5000 });

it('what one turn of the event loop reads came together; the first request of a connection came with it', async () => {
  const arrivals = new Arrivals();
  const [old, opened] = [new Socket(), new Socket()];
  const first = arrivals.ofRequest(old);
  arrivals.noteConnection(opened);
  expect(first.cameTurn).toBe(first.readTurn);
  await setImmediate();
  await setImmediate();
  const late = arrivals.ofRequest(opened);
  expect(late).toEqual({ cameTurn: first.cameTurn, readTurn: first.readTurn + 1 });
  // The next one on that connection is a new one.
  expect(arrivals.ofRequest(opened)).toEqual({ cameTurn: late.readTurn, readTurn: late.readTurn });
});

it('requests that had come when a ban began are answered and not counted; later ones are refused and counted', () => {
  const limiter = limiterOf(10);
  limiter.ban({ cameTurn: 7, readTurn: 8 });
  for (const cameTurn of [7, 8]) {
    expect(limiter.banStanding({ cameTurn, readTurn: 9 }).kind).toBe('admitted');
    expect(limiter.standing({ cameTurn, readTurn: 9 }).kind).toBe('admitted');
  }
  expect(limiter.requestsDuringBan).toBe(0);
  expect(limiter.banStanding({ cameTurn: 9, readTurn: 9 }).kind).toBe('banned');
  expect(limiter.requestsDuringBan).toBe(1);
});

it('requests that had come when a pause began are told of it, not banned for it', () => {
  const limiter = limiterOf(1);
  expect(limiter.charge(2, { cameTurn: 3, readTurn: 3 }).kind).toBe('limited');
  expect(limiter.standing({ cameTurn: 3, readTurn: 4 }).kind).toBe('limited');
  expect(limiter.bansGiven).toBe(0);
  expect(limiter.standing({ cameTurn: 4, readTurn: 4 }).kind).toBe('banned');
  expect(limiter.bansGiven).toBe(1);
});
