/** The style of the report page. The colours are the figures' own, by role. */
import { FONT_FAMILY, PALETTE } from './figure.js';

const variables = (tone: 0 | 1): string =>
  Object.entries(PALETTE)
    .map(([role, tones]) => `--${role}:${tones[tone]}`)
    .join(';');

export const PAGE_STYLE = `
:root{color-scheme:light dark;${variables(0)}}
@media (prefers-color-scheme:dark){:root{${variables(1)}}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:400 16px/1.5 ${FONT_FAMILY};font-variant-numeric:tabular-nums}
header,main{max-width:1120px;margin:0 auto;padding:0 20px}
header{padding-top:28px}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 4px;font-weight:600}
h2{font-size:1.3rem;line-height:1.3;margin:0 0 8px;font-weight:600}
p{margin:0 0 10px;max-width:78ch}
.subtitle,.note,figcaption span{color:var(--muted)}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:12px 0 20px;padding-bottom:12px;border-bottom:1px solid var(--grid)}
a{color:var(--main);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
.skip{position:absolute;left:-9999px}
.skip:focus{left:12px;top:12px;background:var(--paper);padding:8px 12px;z-index:10}
section{margin:0 0 44px}
.headline h2{font-size:1rem;color:var(--muted);margin:0}
.big{font-size:3rem;line-height:1.15;font-weight:600;margin:0}
.verdict{font-size:1.08rem}
.metrics{display:grid;grid-template-columns:repeat(auto-fill,minmax(190px,1fr));gap:1px;margin:18px 0;background:var(--paper);border:1px solid var(--grid);border-radius:8px;overflow:hidden}
.metrics>div{box-shadow:0 0 0 1px var(--grid);padding:12px 14px}
dt{font-size:.82rem;color:var(--muted)}
dd{margin:0}
dd .value{font-size:1.3rem;font-weight:600;white-space:nowrap}
dd .note{display:block;font-size:.8rem;line-height:1.35}
.ex-post .metrics,tr.ex-post>*{color:var(--exPost)}
.notice{border-left:4px solid var(--exPost);background:var(--band);padding:10px 14px;max-width:none}
figure{margin:22px 0}
figcaption{margin-bottom:2px}
figcaption strong{display:block;font-weight:600}
figcaption span{font-size:.88rem}
.plot{width:100%}
.scroll{overflow-x:auto;margin:18px 0}
table{border-collapse:collapse;font-size:.86rem;min-width:100%}
caption{text-align:left;font-weight:600;font-size:1rem;padding-bottom:6px;position:sticky;left:0}
th,td{padding:5px 10px;border-bottom:1px solid var(--grid);white-space:nowrap;font-weight:400;vertical-align:top}
thead th{color:var(--muted);border-bottom:1px solid var(--axis)}
tbody th{font-weight:600}
tbody tr:hover{background:var(--band)}
.left{text-align:left}
.right{text-align:right}
@media (max-width:600px){.big{font-size:2.3rem}body{font-size:15px}header,main{padding-left:14px;padding-right:14px}.metrics{grid-template-columns:repeat(auto-fill,minmax(145px,1fr))}}
@media print{nav,.skip{display:none}figure,tr{break-inside:avoid}}
`;
