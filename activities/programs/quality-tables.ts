/** The market data of a run as tables of the page: one row a symbol, one row a hole. Pure. */
import { symbolQuality, type MonthQuality, type SymbolQuality } from '../../lib/market/index.js';
import { percent, whole } from '../../lib/report/format.js';
import { numberCell, textCell, type HtmlTable } from '../../lib/report/html-table.js';
import { left, right } from './report-parts.js';

/** More holes than these are in the JSON. */
const MOST_HOLES = 50;

/** Quality by symbol and the holes with their causes; months come in order of time within each symbol. */
export function qualityTables(months: readonly MonthQuality[]): HtmlTable[] {
  const symbols = [...new Set(months.map(({ symbol }) => symbol))].map((symbol) =>
    symbolQuality(months.filter((month) => month.symbol === symbol)),
  );
  return [
    symbolTable(symbols),
    ...(symbols.some(({ holes }) => holes.length > 0) ? [holeTable(symbols)] : []),
  ];
}

function symbolTable(symbols: readonly SymbolQuality[]): HtmlTable {
  const counts = ['bars', 'missing', 'flat', 'zero volume', 'OHLC violations', 'duplicates', 'conflicts'];
  return {
    id: 'quality-by-symbol',
    caption: 'Market data by symbol',
    columns: [
      left('symbol'),
      left('first bar'),
      left('last bar'),
      right('coverage'),
      ...counts.map(right),
      left('archive against REST'),
    ],
    rows: symbols.map((quality) => ({
      cells: [
        textCell(quality.symbol),
        textCell(quality.firstBar ?? ''),
        textCell(quality.lastBar ?? ''),
        numberCell(quality.coverageFrac, percent),
        ...[
          quality.bars,
          quality.missing,
          quality.flatBars,
          quality.zeroVolumeBars,
          quality.ohlcViolations,
          quality.rows.duplicates,
          quality.rows.conflicts,
        ].map((value) => numberCell(value, whole)),
        textCell(sampleText(quality)),
      ],
    })),
  };
}

function sampleText({ archiveVersusRest }: SymbolQuality): string {
  const { compared, different, firstDifference, onlyRest, onlyArchive } = archiveVersusRest;
  if (compared + onlyRest + onlyArchive === 0) return 'not compared';
  const parts = [`${different} of ${compared} bars differ`];
  if (firstDifference !== null) parts.push(`first ${firstDifference}`);
  if (onlyRest > 0) parts.push(`${onlyRest} only by REST`);
  if (onlyArchive > 0) parts.push(`${onlyArchive} only in the archive`);
  return parts.join(', ');
}

function holeTable(symbols: readonly SymbolQuality[]): HtmlTable {
  const holes = symbols.flatMap(({ symbol, holes: own }) => own.map((hole) => ({ symbol, ...hole })));
  return {
    id: 'holes',
    caption: holes.length > MOST_HOLES ? `Holes, the first ${MOST_HOLES} of ${holes.length}` : 'Holes',
    columns: [left('symbol'), left('from'), left('to'), right('bars'), left('cause'), left('evidence')],
    rows: holes.slice(0, MOST_HOLES).map(({ symbol, start, end, bars, cause, evidence }) => ({
      cells: [
        ...[symbol, start, end].map(textCell),
        numberCell(bars, whole),
        ...[cause, evidence.join('; ')].map(textCell),
      ],
    })),
  };
}
