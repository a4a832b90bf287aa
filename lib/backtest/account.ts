/** One symbol's account: units constant within a trade, marked at the close. Pure. */

export interface AccountBars {
  /** One interval before the bar's end: its open, or for a volume bar that of its last time bar. */
  readonly openTimeMs: Float64Array;
  readonly open: Float64Array;
  readonly close: Float64Array;
  /** Of volume bars, the time of each bar's `open`, UTC ms. */
  readonly volumeBars?: { readonly fillTimeMs: Float64Array };
}

export interface Costs {
  /** Per side, as a fraction of the traded value. */
  readonly feeFrac: number;
  /** Half the spread, a fraction of the price: entries pay it, exits give it up. */
  readonly halfSpreadFrac: number;
  /** Bars between a decision at a close and its fill, beyond the next open. */
  readonly delayBars: number;
}

export interface AccountInput {
  readonly symbol: string;
  readonly bars: AccountBars;
  /** By row of `bars`, the position -1, 0 or 1 decided at that bar's close. */
  readonly decisions: Int8Array;
  /** Rows traded, [firstRow, endRow): the first open that can be filled, and the end of the last test. */
  readonly firstRow: number;
  readonly endRow: number;
  /** By row of `bars`, the sum of the funding rates due at its end; absent where no funding is charged. */
  readonly funding?: Float64Array | null;
}

export interface Trade {
  readonly symbol: string;
  readonly side: 1 | -1;
  /** Times of the fills, UTC ms: a bar's open, or the last bar's end. */
  readonly entryMs: number;
  readonly exitMs: number;
  /** Prices with the half spread. */
  readonly entryPrice: number;
  readonly exitPrice: number;
  readonly bars: number;
  /** side * (exit / entry - 1). */
  readonly gross: number;
  /** Funding paid while it was held, as a fraction of the value at entry; below 0 it was received. */
  readonly funding: number;
  /** (1 + gross - funding) (1 - fee)^2 - 1, never below -1. */
  readonly net: number;
}

export interface AccountRun {
  readonly symbol: string;
  /** By traded row, at the bar's close; starts from 1. */
  readonly equity: Float64Array;
  /** By traded row, sides (entries and exits) so far. */
  readonly sides: Int32Array;
  /** By traded row, the position held over the bar. */
  readonly position: Int8Array;
  readonly trades: readonly Trade[];
  readonly ruined: boolean;
  /** Funding paid in all, as a fraction of the capital at the start. */
  readonly fundingPaid: number;
}

/**
 * Trades the decisions of one symbol: a decision at close t is filled at the open of the
 * (1 + delay)-th bar after it, whatever hole lies between; the end exits at the last close.
 * `E = E_entry (1-f) (1 + s (C/P - 1) - F)`, where F is the funding so far, the sum of s * rate * C'/P over the
 * closes C' at which a rate fell due; an exit multiplies by (1-f); at or below 0 the account is ruined.
 */
export function tradeAccount(input: AccountInput, costs: Costs, intervalMs: number): AccountRun {
  const rows = Math.max(0, input.endRow - input.firstRow);
  const account = new Account(input, costs, rows);
  for (let at = 0; at < rows; at++) account.step(at);
  if (rows > 0) account.finish(intervalMs);
  return account.result();
}

class Account {
  private readonly equity: Float64Array;
  private readonly sides: Int32Array;
  private readonly position: Int8Array;
  private readonly trades: Trade[] = [];
  private held: 0 | 1 | -1 = 0;
  private entry = { equity: 1, price: 0, row: 0 };
  /** Funding of the open position so far, as a fraction of its value at entry. */
  private owed = 0;
  private fundingPaid = 0;
  private cash = 1;
  private sidesSoFar = 0;
  private ruined = false;

  constructor(
    private readonly input: AccountInput,
    private readonly costs: Costs,
    rows: number,
  ) {
    this.equity = new Float64Array(rows);
    this.sides = new Int32Array(rows);
    this.position = new Int8Array(rows);
  }

  step(at: number): void {
    const row = this.input.firstRow + at;
    const { open, close, openTimeMs } = this.input.bars;
    const fillTimeMs = this.fillTimeMs();
    const wanted = this.ruined ? 0 : this.wantedAt(row);
    if (wanted !== this.held) {
      if (this.held !== 0) this.exit(open[row]!, fillTimeMs[row]!, row);
      if (wanted !== 0 && !this.ruined) this.enter(wanted, open[row]!, row);
    }
    if (this.held !== 0) this.charge(row, close[row]!);
    if (this.held !== 0 && this.marked(close[row]!) <= 0) this.exit(close[row]!, openTimeMs[row]!, row + 1);
    this.equity[at] = this.held === 0 ? this.cash : this.marked(close[row]!);
    this.sides[at] = this.sidesSoFar;
    this.position[at] = this.held;
  }

  finish(intervalMs: number): void {
    const last = this.input.endRow - 1;
    if (this.held === 0) return;
    const endMs = this.input.bars.openTimeMs[last]! + intervalMs;
    this.exit(this.input.bars.close[last]!, endMs, last + 1);
    this.equity[this.equity.length - 1] = this.cash;
    this.sides[this.sides.length - 1] = this.sidesSoFar;
  }

  result(): AccountRun {
    const { equity, sides, position, trades, ruined, fundingPaid } = this;
    return { symbol: this.input.symbol, equity, sides, position, trades, ruined, fundingPaid };
  }

  /** Times at which orders are filled: the opens of the bars. */
  private fillTimeMs(): Float64Array {
    return this.input.bars.volumeBars?.fillTimeMs ?? this.input.bars.openTimeMs;
  }

  private wantedAt(row: number): 0 | 1 | -1 {
    return (this.input.decisions[row - 1 - this.costs.delayBars] ?? 0) as 0 | 1 | -1;
  }

  private charge(row: number, close: number): void {
    const rate = this.input.funding?.[row] ?? 0;
    if (rate !== 0) this.owed += (this.held * rate * close) / this.entry.price;
  }

  private enter(side: 1 | -1, price: number, row: number): void {
    this.held = side;
    this.owed = 0;
    this.entry = { equity: this.cash, price: price * (1 + side * this.costs.halfSpreadFrac), row };
    this.sidesSoFar += 1;
  }

  private exit(price: number, exitMs: number, row: number): void {
    const side = this.held as 1 | -1;
    const exitPrice = price * (1 - side * this.costs.halfSpreadFrac);
    const gross = side * (exitPrice / this.entry.price - 1);
    const kept = Math.max(0, (1 + gross - this.owed) * (1 - this.costs.feeFrac) ** 2);
    this.fundingPaid += this.entry.equity * (1 - this.costs.feeFrac) * this.owed;
    this.cash = this.entry.equity * kept;
    this.ruined = this.cash <= 0;
    this.held = 0;
    this.sidesSoFar += 1;
    this.trades.push({
      symbol: this.input.symbol,
      side,
      entryMs: this.fillTimeMs()[this.entry.row]!,
      exitMs,
      entryPrice: this.entry.price,
      exitPrice,
      bars: row - this.entry.row,
      gross,
      funding: this.owed,
      net: kept - 1,
    });
  }

  /** Value with the open position taken at the close, before the fee of leaving it. */
  private marked(close: number): number {
    const gain = this.held * (close / this.entry.price - 1) - this.owed;
    return this.entry.equity * (1 - this.costs.feeFrac) * (1 + gain);
  }
}
