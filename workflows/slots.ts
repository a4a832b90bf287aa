/** A number of places, each held by one at a time, given in the order in which they were asked for. */
export class Slots {
  private readonly turns: (() => void)[] = [];

  constructor(private free: number) {}

  /** Waits for a place, works, and gives the place back. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free -= 1;
    else await new Promise<void>((resolve) => this.turns.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.turns.shift();
      if (next) next();
      else this.free += 1;
    }
  }
}
