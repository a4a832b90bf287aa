/** docs/features.md, from the registry, the functions of formulas and the catalogue of indicators. */
import { MAX_LOOK_BACK_BARS, RECURSION_BARS } from './column-plan.js';
import type { FeatureGroup } from './feature-group.js';
import { FUNCTIONS } from './formulas/functions.js';
import { MAX_FORMULA_CHARACTERS, MAX_NESTING } from './formulas/tokens.js';
import { CATALOGUE, NO_COLUMNS, REMEMBERING, type CatalogueEntry } from './indicators/catalogue.js';
import { indicatorColumns } from './indicators/plan-indicators.js';
import { volumeLookBackDays } from './month-frame.js';
import { markdownTable } from './markdown-table.js';
import { BAR_VARIABLES, REGISTRY, type FeatureRegistry } from './registry.js';

/** The text of docs/features.md; a test compares it with the file. Pure. */
export function renderFeatureDocs(registry: FeatureRegistry = REGISTRY): string {
  return [introduction(), builtIns(registry), expressions(), indicators(), volumeBars()].join('\n\n') + '\n';
}

const code = (text: string): string => `\`${text}\``;
const codes = (names: readonly string[]): string => names.map(code).join(' ');
const bars = (count: number): string => count.toLocaleString('en');

function introduction(): string {
  return `# Features

<!-- Generated from lib/features by renderFeatureDocs: change it there. -->

One row a bar: \`symbol timestamp\`, the features in the order below, the target. A row of bar t is filed under
its open + interval, the moment of its decision; that decides its month and its day. The target is
\`close[t+1] / open[t+1] - 1\`, and missing where bar t+1 is not the next bar of the same segment.

- A **segment** is a run of usable bars without a hole. Windows and recursions restart at its start. A bar is
  unusable where a price is not finite and above 0 or the volume is not finite or is negative; it ends a
  segment and is in none. A bar whose prices contradict each other (a close above its high) stays as the exchange
  sent it: the quality report of [market-data.md](market-data.md) counts it, and the ranges below (\`bop\`,
  \`slowk\`, \`slowd\`) may be left where it is in the window.
- **Causal**: a value depends on its bar and those before it, and nothing is ranked, scaled or fitted over the
  whole history.
- **Window-exact**: for the rows filed in a month, recursions start cold at the segment's start, or ${RECURSION_BARS} bars
  before the month where that is later. So a month computed alone equals the same rows of any longer run, bit
  for bit. Looked at through a lag or a window, a recursion starts that much earlier.
- **Missing is NaN**, never 0. A row is left out, and counted, only
  - in the **warm-up** of its segment: until every feature that can have a value within ${RECURSION_BARS} bars has one. A
    feature that looks back further is NaN until it can, instead of costing weeks after each hole;
  - where its bar is **unusable**, or
  - where **no feature** that depends on more than the time and the symbol has a value.

  The last two count against \`loss_budget\`.`;
}

function builtIns(registry: FeatureRegistry): string {
  const flags = registry.groups.map((group) => [
    code(group.name),
    group.onByDefault ? 'on' : 'off',
    columnRange(group),
    group.summary,
    group.source,
  ]);
  const columns = registry.groups.flatMap((group) =>
    group.columns.map((column) => [
      code(column.name),
      code(column.formula),
      column.unit,
      String(column.firstBar),
      column.zeroRule ?? '-',
      inputsOf(group),
      dependence(group),
    ]),
  );
  return `## Built-in features

Turned on and off by group in \`feature_flags\`, like \`{"cci": false, "minute_of_day": true}\`. H, L, C, O, V of one
bar; TP = (H+L+C)/3.

${markdownTable(['flag', 'default', 'columns', 'what', 'source'], flags)}

\`first\`: the bar of a segment, counted from 0, at which the first value stands.

${markdownTable(['column', 'definition', 'unit', 'first', 'where it divides by zero', 'reads', 'depends on'], columns)}`;
}

function inputsOf({ bars: names, features }: FeatureGroup): string {
  const read = [...names, ...features].map((name) => (name === 'openTimeMs' ? 'time' : name));
  return read.length === 0 ? '-' : read.join(' ');
}

function dependence(group: FeatureGroup): string {
  if (group.clock) return group.categorical ? 'symbol' : 'time';
  return group.recursive ? 'all bars since the start' : 'its window';
}

function columnRange({ columns }: FeatureGroup): string {
  const names = columns.map(({ name }) => name);
  return names.length > 2 ? `${code(names[0]!)} .. ${code(names.at(-1)!)}` : codes(names);
}

function expressions(): string {
  const functions = [...FUNCTIONS.values()].map(({ signature, meaning }) => [code(signature), meaning]);
  return `## Expressions

\`\`\`json
{ "expressions": { "range_bp": "1e4 * (high - low) / close", "mom30": "close / lag(close, 30) - 1" } }
\`\`\`

Each is a column of its own, in the order of the config. A formula may use

- the bar's columns: ${codes(Object.keys(BAR_VARIABLES))};
- every built-in feature, also one whose flag is off, and every column of \`indicators\`;
- other expressions, in any order, but not in a circle;
- numbers, \`true\` and \`false\`; \`+ - * / ^\`, \`mod\`; \`< <= > >= == !=\`, also chained (\`0 < x < 1\`);
  \`and or xor not\`; \`condition ? a : b\`;
- these functions; \`bars\` is a whole number, or a formula of numbers alone:

${markdownTable(['function', 'value'], functions)}

Rules:

- Truth is 1 and falsehood 0; any number but 0 is true. Comparisons are exact.
- An operation with a missing operand is NaN, comparisons and logic included (a condition that is NaN chooses
  neither side); so is a result that is no finite number: **division by zero is NaN**, as are \`log(0)\` and an
  overflow. A window with a missing value is NaN; \`ema\` passes over missing values.
- Windows and lags stay inside a segment and look back only.
- \`ema(x, n)\` starts cold ${RECURSION_BARS} bars before the month, or so early that at most 1e-9 of its seed is left in the
  month's first row, which is earlier for n above 43.
- The look-back follows from the formula; up to ${bars(MAX_LOOK_BACK_BARS)} bars. A formula has up to ${bars(MAX_FORMULA_CHARACTERS)} characters and
  parentheses ${MAX_NESTING} deep.`;
}

function indicators(): string {
  const rows = [...CATALOGUE.values()]
    .filter((entry) => entry.className !== null && !Object.hasOwn(REMEMBERING, entry.name))
    .map((entry) => [code(entry.name), paramsText(entry), codes(indicatorColumns(entry, null))]);
  const patterns = [...CATALOGUE.values()].filter(({ className }) => className === null);
  const builtIns = codes(Object.values(REMEMBERING).filter((name) => name !== null));
  const refused = Object.entries(NO_COLUMNS).map(([name, reason]) => `- ${code(name)} ${reason}.`);
  return `## Indicators

\`\`\`json
{ "indicators": [{ "name": "macd" }, { "name": "rsi", "as": "rsi7", "params": { "period": 7 } }] }
\`\`\`

Entries of the [technicalindicators](https://github.com/anandanand84/technicalindicators) catalogue, fed one bar
at a time: a value stands at the bar that made it and knows no later one. Columns are named by the entry, or by
\`as\` (needed where the name is taken, as \`rsi\` is by the built-in feature); with several outputs, that and
\`.output\` in small letters, also in formulas (\`macd.histogram / atr\`). A name belongs to one feature: beside
\`stochastic.k\` no other indicator, built-in feature or expression is called \`stochastic\`. Parameters have these
defaults:

${markdownTable(['indicator', 'params', 'columns'], rows)}

Switches (\`SimpleMAOscillator SimpleMASignal useSMA\`) are 0 or 1. Candlestick patterns, 1 where the last bars make
one and else 0, each asked of five bars: ${codes(patterns.map(({ name }) => name))}.

With its parameters each is measured on random markets before it is used (a walk, trends, and stretches in which
nothing moves or nothing is traded): where its first value stands, and whether its value from ${RECURSION_BARS} bars is the one
from 5,000 to 1e-9 of it, rounding aside. One that remembers more is refused, because its values would depend on
where the history starts: ${codes(Object.keys(REMEMBERING))}, and any other with windows too
long (${builtIns} are built in). An entry that once without a number stays so is started anew. Refused are also

${refused.join('\n')}`;
}

function volumeBars(): string {
  return `## Volume bars

\`\`\`json
{ "bar_type": "volume", "volume_bar_size": { "BTCUSDT": 500, "ETHUSDT": 6000 } }
\`\`\`

Bars of \`candle_interval\` are joined until \`volume_bar_size\` of the symbol's own units has been traded (one
number for all symbols, or one a symbol). The klines stay time bars; every feature, formula and indicator above
then counts in volume bars.

- \`timestamp\` is the open of the first time bar and \`close_time\` the close of the last one: a volume bar is
  known at the end of the time bar that completes it, and can be filled at the next time bar's open.
- **UTC midnight completes a bar**, whatever its volume: a day's bars depend on that day alone, and no label
  reaches over the edge of a day, and so of a month or a window. What a hole or the end cuts off is no row; its
  time bars are counted as \`unfinished\`.
- A row is filed one millisecond after \`close_time\`. The target is \`fwd1bar\`, the next volume bar from open to
  close, and missing where a hole comes first.
- A month reads ${volumeLookBackDays(RECURSION_BARS)} days before it (and as many again for every further ${RECURSION_BARS} bars of look-back). Recursions
  start cold ${RECURSION_BARS} bars before the month, or where those days begin if they hold fewer.
- In the predictions \`timestamp\` is the open of a bar's last time bar, so that one interval later is the decision
  there as for time bars. Evaluation and backtest count horizons and delays in volume bars. The tradable scope
  \`trailing\` needs as many past predictions as a mean day of the validation window has.
- Refused together with volume bars, because they count in bars of one length: \`folds\` in hours, \`folds.embargo\`,
  the scope \`timestamp\` (volume bars of two symbols end at different moments; the default is \`date\`), and
  \`candle_interval\` \`1d\`.`;
}

function paramsText({ params }: CatalogueEntry): string {
  const entries = Object.entries(params).map(([name, value]) => `${name} ${value}`);
  return entries.length === 0 ? '-' : entries.join(', ');
}
