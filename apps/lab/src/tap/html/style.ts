/** The page's style: light and dark, wide and narrow, nothing from elsewhere. */
export const STYLE = `
:root { color-scheme: light dark;
  --page: #fbfbfa; --card: #fff; --ink: #1c1e21; --dim: #5b626b; --line: #dcdfe3; --track: #eef0f2;
  --good: #1a7f52; --bad: #c22c2c; --gone: #b7791f; --sql: #6d4fc4; --plain: #cfd8d3; --up: #1f63c4; --down: #8a3fa0;
  --stall: #e0a100; --silence: #d8dbe0;
  --s0: #2f6fd0; --s1: #c2571a; --s2: #1d8a63; --s3: #9b3fb5; --s4: #a8870b; --s5: #0e8ea8; --s6: #cc3f6c; --s7: #66707c; }
@media (prefers-color-scheme: dark) { :root {
  --page: #15171a; --card: #1c1f23; --ink: #e7e9ec; --dim: #a0a8b2; --line: #353a41; --track: #272b30;
  --good: #46b985; --bad: #f0716d; --gone: #e0aa4e; --sql: #a791f0; --plain: #3d4a44; --up: #79aef5; --down: #cd93df;
  --stall: #f0c03c; --silence: #3a4047;
  --s0: #77a9f2; --s1: #ee9460; --s2: #57c79d; --s3: #cc8be0; --s4: #d8bb4e; --s5: #5cc6dc; --s6: #f285a6; --s7: #9aa4b0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 0; }
h4 { font-size: .95rem; margin: 1.25rem 0 .4rem; overflow-wrap: anywhere; }
h4 .dim { font-weight: normal; }
p { margin: .25rem 0 .5rem; }
.lead { color: var(--dim); margin-bottom: 1.5rem; overflow-wrap: anywhere; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.1rem 1.1rem; margin: 0 0 1rem; }
.note, .dim { color: var(--dim); }
.note { font-size: .875rem; margin-bottom: .75rem; }
b { font-weight: 600; }
.good, .green { color: var(--good); } .bad, .red { color: var(--bad); } .yellow { color: var(--gone); }
.verdict { font-weight: 600; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.key { display: flex; flex-wrap: wrap; gap: .15rem 1rem; font-size: .8rem; color: var(--dim); margin: .25rem 0 .5rem; }
.swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: .15rem; background: currentColor; vertical-align: -.06rem; margin-right: .3rem; }
.swatch.good { color: var(--good); } .swatch.bad { color: var(--bad); } .swatch.gone { color: var(--gone); }
.swatch.sql { color: var(--sql); } .swatch.plain { color: var(--plain); } .swatch.head { color: var(--ink); width: .25rem; }
.swatch.late, .swatch.reset { color: var(--bad); } .swatch.stall { color: var(--stall); } .swatch.silence { color: var(--silence); }
.swatch.s0 { color: var(--s0); } .swatch.s1 { color: var(--s1); } .swatch.s2 { color: var(--s2); } .swatch.s3 { color: var(--s3); }
.swatch.s4 { color: var(--s4); } .swatch.s5 { color: var(--s5); } .swatch.s6 { color: var(--s6); } .swatch.s7 { color: var(--s7); }
.swatch.late { background: repeating-linear-gradient(90deg, currentColor 0 3px, transparent 3px 5px); }
.defs { position: absolute; width: 0; height: 0; }
.axis, .rows li { display: grid; grid-template-columns: 15rem 1fr 17rem; gap: 0 .9rem; align-items: center; }
.axis { font-size: .75rem; color: var(--dim); font-variant-numeric: tabular-nums; }
.axis span { grid-column: 2; grid-row: 1; } .axis span + span { justify-self: end; }
.rows li { padding: .22rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.rows .what { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.rows .facts { display: flex; flex-wrap: wrap; gap: 0 .8rem; font-variant-numeric: tabular-nums; font-size: .8125rem; }
.strip { display: block; width: 100%; height: 1.15rem; background: var(--track); border-radius: .2rem; }
.rows .wire .strip { height: 1.7rem; }
.strip .good { fill: var(--good); } .strip .bad { fill: var(--bad); } .strip .gone { fill: var(--gone); }
.strip .sql { fill: var(--sql); } .strip .plain { fill: var(--plain); } .strip .head { fill: var(--ink); }
.strip .reset, .stripes { fill: var(--bad); } .strip .late { fill: url(#late); }
.strip .stall { fill: var(--stall); opacity: .65; } .strip .silence { fill: var(--silence); } .strip .own { fill: var(--dim); }
.strip .s0 { fill: var(--s0); } .strip .s1 { fill: var(--s1); } .strip .s2 { fill: var(--s2); } .strip .s3 { fill: var(--s3); }
.strip .s4 { fill: var(--s4); } .strip .s5 { fill: var(--s5); } .strip .s6 { fill: var(--s6); } .strip .s7 { fill: var(--s7); }
.strip .open { opacity: .35; }
.sequence { --time: 4.2rem; font-size: .875rem; }
.parts, .lines { display: grid; grid-template-columns: repeat(calc(var(--parts) * 2), minmax(0, 1fr)); }
.parts { position: sticky; top: 0; z-index: 1; background: var(--card); margin-left: var(--time); padding: .3rem 0; border-bottom: 1px solid var(--line); }
.parts span { grid-column: span 2; text-align: center; overflow: hidden; text-overflow: ellipsis; }
.sequence li { display: grid; grid-template-columns: var(--time) 1fr; align-items: stretch; }
.sequence .at { color: var(--dim); font-variant-numeric: tabular-nums; font-size: .78rem; padding-right: .6rem; text-align: right; align-self: end; line-height: 1; }
.lines { padding-top: .3rem; background: repeating-linear-gradient(to right, transparent 0 calc(50% / var(--parts) - .5px), var(--line) calc(50% / var(--parts) - .5px) calc(50% / var(--parts) + .5px), transparent calc(50% / var(--parts) + .5px) calc(100% / var(--parts))); }
.lines .said { grid-row: 1; padding: 0 .35rem; line-height: 1.3; overflow-wrap: anywhere; }
.lines .said.right { text-align: right; }
.arrow { grid-row: 2; position: relative; height: .75rem; color: var(--up); }
.response .arrow { color: var(--dim); } .cancel .arrow { color: var(--bad); } .request.isSql .arrow { color: var(--sql); }
.arrow::before { content: ""; position: absolute; left: 0; right: 0; top: .3rem; border-top: 2px solid currentColor; }
.response .arrow::before, .cancel .arrow::before { border-top-style: dashed; }
.arrow::after { content: ""; position: absolute; top: calc(.3rem - 3px); border: 4px solid transparent; }
.arrow.onwards::after { right: -1px; border-left: 7px solid currentColor; border-right: 0; }
.arrow.back::after { left: -1px; border-right: 7px solid currentColor; border-left: 0; }
.fields [role=row] { display: grid; grid-template-columns: 17rem minmax(0, 1fr) minmax(0, 1fr); gap: 0 .9rem; padding: .2rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.fields .name { padding-left: calc(var(--depth) * 1.1rem); }
.fields .ribbon, .key .tag, .key .length, .key .value, pre { font: .8rem/1.5 ui-monospace, monospace; }
.fields .ribbon, .fields .said { overflow-wrap: anywhere; }
.tag, .length, .value { border-bottom: 2px solid; padding: 0 .1rem; margin-right: .2rem; }
.tag { border-color: var(--s0); } .length { border-color: var(--stall); } .value { border-color: var(--good); }
pre { background: var(--track); border-radius: .3rem; padding: .6rem .75rem; margin: .4rem 0; white-space: pre-wrap; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
th { text-align: left; font-weight: 600; } th, td { padding: .25rem .9rem .25rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead th { border-top: 0; } .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td code { font: .8rem/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
@media (max-width: 760px) {
  main { padding: 1rem .6rem 3rem; } .card { padding: .85rem .8rem; }
  .axis, .rows li { grid-template-columns: 1fr; } .axis span { grid-column: 1; }
  .rows li { padding: .4rem 0; gap: .15rem; } .rows .what { white-space: normal; overflow-wrap: anywhere; order: 0; }
  .rows .facts { order: 1; } .rows .bar { order: 2; }
  .sequence { --time: 2.6rem; font-size: .78rem; } .parts { font-size: .7rem; padding-bottom: 1.5rem; }
  .parts span { display: flex; justify-content: center; overflow: visible; } .parts span:nth-child(even) { transform: translateY(1.15rem); }
  .fields [role=row] { grid-template-columns: 1fr; }
  table, tbody, tr, td { display: block; } thead { display: none; } tr { border-top: 1px solid var(--line); padding: .35rem 0; }
  td { border: 0; padding: 0; } td code { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
  td.number { display: inline-block; text-align: left; margin-right: .8rem; }
  td.number::before { content: attr(data-of) " "; color: var(--dim); font-size: .78rem; }
}
`;
