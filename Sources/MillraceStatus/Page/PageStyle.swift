// SPDX-License-Identifier: Apache-2.0

/// The page's looks. Amber is batch and blue is stream, here as everywhere, and always with the word beside it.
enum PageStyle {
    static let text: HTML = """
        :root {
          --paper: #f6f5f1; --card: #fffefb; --ink: #1c2024; --quiet: #63686f; --line: #e2dfd6; --track: #e9e6dd;
          --batch: #b45f06; --batch-soft: #fdf0d9; --stream: #1f5fbf; --stream-soft: #e4eefb;
          --good: #1e7a46; --good-soft: #e3f3e8; --bad: #b3261e; --bad-soft: #fbe6e3; --load: #4a5560;
          color-scheme: light dark;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --paper: #121518; --card: #1a1e22; --ink: #e7e5df; --quiet: #9aa1a9; --line: #2b3137; --track: #2b3137;
            --batch: #f0a94a; --batch-soft: #35270f; --stream: #7db1ff; --stream-soft: #14263f;
            --good: #6fcf97; --good-soft: #14301f; --bad: #ff8a80; --bad-soft: #3d1816; --load: #a8b2bd;
          }
        }
        * { box-sizing: border-box; margin: 0; }
        body {
          background: var(--paper); color: var(--ink);
          font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
          font-variant-numeric: tabular-nums; overflow-wrap: anywhere;
        }
        main { max-width: 1180px; margin: 0 auto; padding: 20px 24px 40px; }
        h1 { font-size: 24px; line-height: 1.2; letter-spacing: -.01em; }
        h2 { font-size: 15px; letter-spacing: .01em; }
        h3 { font-size: 13px; color: var(--quiet); font-weight: 600; margin: 12px 0 4px; }
        small, .quiet { color: var(--quiet); font-size: 13px; }
        code, pre { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; }
        section, article { margin-top: 16px; }
        section:empty { display: none; }
        #flow, #stages, #partitions, #rejections, #notes, #run, #backfill, article {
          background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px;
        }
        #stages:empty, #partitions:empty, #rejections:empty, #backfill:empty { display: none; }
        .row { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 14px; margin-bottom: 8px; }
        .row .right { margin-left: auto; }
        .formula b { font-size: 17px; }

        #head { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; }
        .state, .chip {
          display: inline-block; border-radius: 99px; padding: 1px 10px; font-size: 13px; font-weight: 600;
          background: var(--track); color: var(--ink); white-space: nowrap;
        }
        .chip { font-size: 12px; padding: 0 8px; }
        .state.batch, .chip.batch { background: var(--batch-soft); color: var(--batch); }
        .state.stream, .chip.stream { background: var(--stream-soft); color: var(--stream); }
        .chip.idle { background: var(--track); color: var(--quiet); }
        .chip.held { background: var(--bad-soft); color: var(--bad); }
        .brand { margin-left: auto; color: var(--quiet); font-size: 13px; }
        .lost {
          background: var(--bad-soft); color: var(--bad); border-radius: 8px; padding: 6px 12px; margin-bottom: 12px;
        }

        #summary {
          display: flex; align-items: baseline; gap: 14px; border-radius: 12px; padding: 16px 18px;
          background: var(--good-soft); border-left: 5px solid var(--good);
        }
        #summary .word { color: var(--good); font-weight: 700; font-size: 13px; white-space: nowrap; }
        #summary .sentence { font-size: 19px; line-height: 1.35; }
        #summary.busy { background: var(--card); border-color: var(--load); }
        #summary.busy .word { color: var(--load); }
        #summary.attention { background: var(--batch-soft); border-color: var(--batch); }
        #summary.attention .word { color: var(--batch); }
        #summary.trouble { background: var(--bad-soft); border-color: var(--bad); }
        #summary.trouble .word { color: var(--bad); }

        #figures { display: grid; grid-template-columns: 1.5fr 1.5fr 1fr 1fr 1fr 1.15fr; gap: 10px; }
        .figure {
          background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 14px; min-width: 0;
        }
        .name { color: var(--quiet); font-size: 12.5px; }
        .value { font-size: 20px; font-weight: 650; line-height: 1.3; }
        .figure .bar { margin-top: 9px; }
        .spark { display: block; width: 100%; height: 30px; margin-top: 4px; }
        .spark polyline { fill: none; stroke: var(--stream); stroke-width: 1.6; vector-effect: non-scaling-stroke; }
        .spark polygon { fill: var(--stream-soft); }

        .bar { display: block; width: 100%; height: 7px; border-radius: 4px; min-width: 48px; }
        .bar .track { fill: var(--track); }
        .bar .fill { fill: var(--load); }
        .bar.batch .fill { fill: var(--batch); }
        .bar.stream .fill { fill: var(--stream); }
        .bar.blocked .fill { fill: var(--bad); }
        #backfill .bar { height: 12px; border-radius: 6px; }

        .flow { display: flex; align-items: center; padding: 8px 0; }
        .flow + .flow { border-top: 1px solid var(--line); }
        .topic {
          flex: 1 1 0; border: 1px solid var(--line); border-radius: 10px; padding: 8px 12px; background: var(--paper);
          min-width: 0;
        }
        .topic .value { font-size: 15px; }
        .edge { flex: 0 0 96px; text-align: center; padding: 0 6px; }
        .edge svg { width: 100%; height: 18px; display: block; }
        .edge line { stroke: var(--quiet); }
        .edge path { fill: var(--quiet); }
        .edge p { font-size: 12px; color: var(--quiet); white-space: nowrap; }
        .stages { flex: 2.2 1 0; display: grid; gap: 8px; min-width: 0; }
        .stage { border: 2px solid var(--line); border-radius: 10px; padding: 8px 12px; background: var(--card); }
        .stage .mode { font-weight: 700; font-size: 13px; }
        .stage .mode i { font-style: normal; font-weight: 500; color: var(--quiet); margin-left: 4px; }
        .stage .clauses { font-size: 13px; margin: 1px 0 4px; }
        .stage .speeds { display: flex; flex-wrap: wrap; gap: 2px 14px; font-size: 14px; margin-bottom: 6px; }
        .stage .speeds b { color: var(--quiet); font-weight: 600; }
        .stage.batch { border-color: var(--batch); background: var(--batch-soft); }
        .stage.batch .mode { color: var(--batch); }
        .stage.stream { border-color: var(--stream); background: var(--stream-soft); }
        .stage.stream .mode { color: var(--stream); }
        .stage.done { background: var(--card); border-width: 1px; padding: 9px 13px; }
        .stage.waiting { border-style: dashed; background: var(--card); }
        .stage.blocked { border-color: var(--bad); }
        .stage.blocked .mode i { color: var(--bad); font-weight: 700; }

        table { width: 100%; border-collapse: collapse; font-size: 14px; }
        th { text-align: left; font-size: 12.5px; font-weight: 600; color: var(--quiet); padding: 2px 10px 4px 0; }
        td { padding: 5px 10px 5px 0; border-top: 1px solid var(--line); vertical-align: baseline; }
        th, td.n, .tight { white-space: nowrap; }
        td { overflow-wrap: break-word; }
        th.n, td.n { text-align: right; }
        th.n + th:not(.n), td.n + td:not(.n) { padding-left: 16px; }
        td .bar { width: 110px; max-width: 100%; }
        th:last-child, td:last-child { padding-right: 0; }
        td .bar { position: relative; top: -1px; }
        h2 + table, h2 + ul, h2 + p { margin-top: 6px; }
        table + p { margin-top: 8px; }
        .warn { color: var(--bad); font-weight: 650; }
        #rejections table + table { margin-top: 14px; }

        section.pair {
          display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 0 16px;
        }
        section.pair article { min-width: 0; margin-top: 0; }
        ul { list-style: none; padding: 0; }
        .results li { padding: 4px 0; border-top: 1px solid var(--line); font-size: 14px; }
        .results .cell {
          display: inline-block; max-width: 100%; margin-left: 8px; white-space: nowrap; overflow: hidden;
          text-overflow: ellipsis; vertical-align: bottom;
        }
        .results i { font-style: normal; color: var(--quiet); font-size: 12.5px; }
        .log li { font-size: 13px; padding: 2px 0; }
        .log time { color: var(--quiet); margin-right: 8px; white-space: nowrap; }
        details { margin-top: 8px; }
        summary { cursor: pointer; font-size: 14px; }
        pre {
          overflow-x: auto; padding: 10px 12px; background: var(--paper); border-radius: 8px; margin-top: 6px;
          white-space: pre-wrap;
        }
        dl {
          display: grid; grid-template-columns: minmax(140px, max-content) 1fr; gap: 2px 16px; font-size: 13.5px;
          margin-top: 6px;
        }
        dt { color: var(--quiet); }
        footer { margin-top: 18px; color: var(--quiet); font-size: 13px; }
        footer a { color: inherit; margin-right: 12px; }

        @media (max-width: 900px) {
          #figures { grid-template-columns: repeat(3, 1fr); }
          .edge { flex-basis: 70px; }
        }
        @media (max-width: 640px) {
          main { padding: 14px 12px 28px; }
          #figures { grid-template-columns: repeat(2, 1fr); }
          #summary { display: block; }
          #summary .sentence { font-size: 17px; }
          .flow { display: block; }
          .edge { display: flex; align-items: center; justify-content: center; gap: 8px; padding: 3px 0; }
          .edge svg { display: none; }
          .edge::before { content: "↓"; color: var(--quiet); }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          table, tbody { display: block; }
          tr {
            display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 4px 12px; padding: 8px 0;
            border-top: 1px solid var(--line);
          }
          td:has(code) { grid-column: 1 / -1; }
          td, td.n { display: block; border: 0; padding: 0; text-align: left; min-width: 0; }
          td:first-child { grid-column: 1 / -1; }
          td.n + td:not(.n) { padding-left: 0; }
          td:not(:first-child)::before {
            content: attr(data-label); display: block; color: var(--quiet); font-size: 12px;
          }
          .brand { margin-left: 0; flex-basis: 100%; order: -1; }
          .row .right { margin-left: 0; }
          dl { grid-template-columns: 1fr; gap: 0; }
          dd { margin-bottom: 6px; }
        }
        """
}
