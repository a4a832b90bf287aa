/** When a request came, as far as a server of one thread can tell. */
import type { Socket } from 'node:net';

/** Turns of the event loop, counted. */
export interface Arrival {
  /** In which the request came. */
  readonly cameTurn: number;
  /** In which it is read, by which time more may have happened. */
  readonly readTurn: number;
}

/**
 * What is read in one turn of the event loop came at one time: nobody who sent a part of it can have heard the
 * answer to another part. The first request of a connection came with it.
 */
export class Arrivals {
  private turn = 0;
  private isCounted = false;
  private readonly opened = new WeakMap<Socket, number>();

  noteConnection(socket: Socket): void {
    this.opened.set(socket, this.thisTurn());
  }

  /** Of the request that is read now. */
  ofRequest(socket: Socket): Arrival {
    const readTurn = this.thisTurn();
    const cameTurn = this.opened.get(socket) ?? readTurn;
    this.opened.delete(socket);
    return { cameTurn, readTurn };
  }

  private thisTurn(): number {
    if (!this.isCounted) {
      this.isCounted = true;
      this.turn++;
      setImmediate(() => (this.isCounted = false));
    }
    return this.turn;
  }
}
