/** The content of the report page: headline, figures, tables. Pure. */
import type { Backtest, RuleResult } from '../../lib/backtest/types.js';
import { signalName } from '../../lib/config/signal-name.js';
import type { Evaluation } from '../../lib/evaluation/types.js';
import { MAKER_FEE_BP, TAKER_FEE_BP } from '../../lib/report/fee-figure.js';
import { bp, dateOf, range, whole } from '../../lib/report/format.js';
import type { Headline, Metric, PageContent } from '../../lib/report/page.js';
import { conditionsOf, targetOf } from './report-input.js';
import { dataSection, modelSection } from './report-model.js';
import { four, share, two, twoSignals, type PageInput } from './report-parts.js';
import { signalSection } from './report-signal.js';
import { tradingSection } from './report-trading.js';

/** The page of a run. */
export function reportContent(input: PageInput): PageContent {
  const { backtest, evaluation } = input;
  const { rule } = backtest.headline;
  return {
    title: `${targetOf(backtest, input.params)}: walk-forward signal`,
    subtitle: `${dateOf(backtest.startMs)} to ${dateOf(backtest.endMs)}, ${input.params.folds.length} folds; ${conditionsOf(rule, backtest.costs, backtest.signal)}`,
    headline: headlineOf(evaluation, backtest),
    sections: [tradingSection(input), signalSection(input), modelSection(input), dataSection(input.quality)],
  };
}

function headlineOf(evaluation: Evaluation, backtest: Backtest): Headline {
  const { headline, exPost } = backtest;
  const { breakEven } = headline;
  const other = twoSignals({ evaluation, backtest });
  return {
    main: {
      key: 'breakEvenFeeBp',
      label: 'Break-even fee per side',
      text: bp(breakEven.feeBp, 3),
      value: breakEven.feeBp,
      note:
        breakEven.feeBp95 === null
          ? 'no interval: too few days'
          : `95 %: ${range(breakEven.feeBp95, (value) => bp(value, 3))}; scope ${headline.rule.scope}`,
    },
    verdict: [...verdictOf(headline, backtest.buyAndHold.totalReturn), ...(other === null ? [] : [other])],
    metrics: [
      ...icMetrics(evaluation, other === null ? '' : ` of ${signalName(evaluation.signal)}`),
      ...ruleMetrics(headline, ''),
    ],
    exPost:
      exPost === null
        ? null
        : {
            notice: `The scope "${exPost.rule.scope}" decides with predictions that come later (ex post): no trader could have had these numbers.`,
            metrics: ruleMetrics(exPost, 'exPost.'),
          },
  };
}

/** What the break-even fee means beside what the exchange takes, chance, and what holding earned. */
function verdictOf({ rule, breakEven, breakEvenDelay1 }: RuleResult, heldReturn: number): string[] {
  const { feeBp, feeBp95 } = breakEven;
  if (feeBp === null) return ['The rule never traded, so there is nothing to judge.'];
  const named = [
    { fee: MAKER_FEE_BP, who: `a maker of the exchange's regular tier (${MAKER_FEE_BP} bp a side)` },
    { fee: TAKER_FEE_BP, who: `a taker (${TAKER_FEE_BP} bp)` },
  ];
  const paid = named.filter(({ fee }) => feeBp > fee).map(({ who }) => who);
  return [
    paid.length === 0
      ? `That is less than ${named.map(({ who }) => who).join(' or ')} pays: it earns only where trading costs less.`
      : `That is more than ${paid.join(' and ')} pays.`,
    chanceText(feeBp95),
    ...(rule.side === 'longshort'
      ? []
      : [
          `A rule that is only ${rule.side} also ${rule.side === 'long' ? 'earns' : 'pays'} what the market itself does: ` +
            `holding made ${share(heldReturn)} after costs in this time.`,
        ]),
    `Filled one bar later the break-even fee is ${bp(breakEvenDelay1.feeBp, 3)}.`,
  ];
}

function chanceText(interval: readonly [number, number] | null): string {
  if (interval === null) return 'There are too few days to tell luck from skill.';
  if (interval[1] < 0) return 'The whole interval lies below zero: it loses before any cost.';
  return interval[0] <= 0
    ? 'The interval reaches to zero: chance alone explains what it earned.'
    : 'The interval stays above zero: chance alone does not explain what it earned.';
}

function metric(
  key: string,
  label: string,
  value: number | null,
  shown: { text: string; note?: string },
): Metric {
  return { key, label, value, text: shown.text, note: shown.note ?? '' };
}

/** @param of whose IC it is, empty where it is that of what is traded */
function icMetrics({ ic, delays, days }: Evaluation, of: string): Metric[] {
  const delayed = delays.find(({ bars }) => bars === 1)?.ic ?? null;
  const t = ic.daily?.t ?? null;
  return [
    metric('ic', `IC${of}`, ic.ic, { text: four(ic.ic), note: `${whole(days)} days` }),
    metric('icT', `t of the IC${of}`, t, { text: two(t), note: 'Newey-West on daily means' }),
    metric('icDelay1', `IC${of} one bar later`, delayed, { text: four(delayed) }),
  ];
}

function intervalNote(interval: readonly [number, number] | null): string {
  return interval === null
    ? 'no interval: too few days'
    : `95 %: ${range(interval, (value) => bp(value, 3))}`;
}

function ruleMetrics(
  { net, gross, breakEven, breakEvenDelay1, trading }: RuleResult,
  prefix: string,
): Metric[] {
  const key = (name: string): string => `${prefix}${name}`;
  const later = breakEvenDelay1.feeBp;
  return [
    ...(prefix === ''
      ? []
      : [metric(key('breakEvenFeeBp'), 'Break-even fee', breakEven.feeBp, { text: bp(breakEven.feeBp, 3) })]),
    metric(key('breakEvenFeeBpDelay1'), 'Break-even, one bar late', later, {
      text: bp(later, 3),
      note: intervalNote(breakEvenDelay1.feeBp95),
    }),
    metric(key('totalReturn'), 'Return after costs', net.totalReturn, { text: share(net.totalReturn) }),
    metric(key('grossReturn'), 'Return before costs', gross.totalReturn, { text: share(gross.totalReturn) }),
    metric(key('sharpe'), 'Sharpe after costs', net.sharpe, {
      text: two(net.sharpe),
      note: net.sharpe95 === null ? 'no interval: fewer than 30 days' : `95 %: ${range(net.sharpe95, two)}`,
    }),
    metric(key('maxDrawdown'), 'Deepest drawdown', net.drawdown?.depth ?? null, {
      text: share(net.drawdown?.depth ?? null),
      note: net.drawdown === null ? '' : `${net.drawdown.peak} to ${net.drawdown.trough}`,
    }),
    metric(key('trades'), 'Trades', trading.trades, { text: whole(trading.trades) }),
  ];
}
