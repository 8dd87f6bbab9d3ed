import type { Bundled, Point } from './measure';
import { importTool } from './tools';

const FONT = 'system-ui, sans-serif';
const LOOK = {
  background: 'white',
  config: { font: FONT, axis: { labelFontSize: 12, titleFontSize: 12 }, view: { stroke: null } },
} as const;

const LEGEND = { symbolType: 'stroke', symbolStrokeWidth: 2, labelFontSize: 12, labelLimit: 0 } as const;

/** Time against accounts: this, the peer and the limit; one panel without a rate limit, one with. */
export function timePicture(points: readonly Point[]): Promise<string> {
  const who = ['this', 'AwsCustomResource', 'one by one', 'calls needed ÷ rate'];
  const panel = (limit: Point['limit']): object => ({
    title: limit === 'no limit' ? '50 ms a call, no limit' : '50 ms a call, 10 calls/s, burst 10',
    width: 320,
    height: 260,
    data: { values: points.filter((point) => point.limit === limit) },
    encoding: {
      x: { field: 'accounts', type: 'quantitative', scale: { type: 'log' }, title: 'accounts' },
      y: { field: 'seconds', type: 'quantitative', scale: { type: 'log' }, title: 'seconds' },
      color: {
        field: 'who',
        type: 'nominal',
        title: null,
        sort: null,
        legend: LEGEND,
        scale: { domain: who, range: ['#0b6e4f', '#c8553d', '#999999', '#999999'] },
      },
    },
    layer: [
      {
        mark: { type: 'line' },
        encoding: {
          strokeDash: {
            field: 'who',
            type: 'nominal',
            title: null,
            sort: null,
            legend: LEGEND,
            scale: {
              domain: who,
              range: [
                [1, 0],
                [1, 0],
                [2, 3],
                [6, 3],
              ],
            },
          },
        },
      },
      {
        transform: [{ filter: "datum.who === 'this' || datum.who === 'AwsCustomResource'" }],
        mark: { type: 'point', filled: true, size: 45, opacity: 1 },
      },
    ],
  });
  return svg({ ...LOOK, hconcat: [panel('no limit'), panel('10 calls/s')] });
}

/** What the bundle is made of, by package. */
export function bundlePicture(bundle: readonly Bundled[]): Promise<string> {
  const values = [...bundle]
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ from, bytes }) => ({ from, kB: bytes / 1_000 }));
  return svg({
    ...LOOK,
    title: "The handler's bundle by package, minified",
    width: 480,
    data: { values },
    encoding: {
      y: { field: 'from', type: 'nominal', sort: null, title: null, axis: { labelLimit: 0 } },
      x: { field: 'kB', type: 'quantitative', title: 'kB' },
    },
    layer: [
      {
        mark: { type: 'bar' },
        encoding: {
          color: {
            condition: { test: "datum.from === 'this project'", value: '#0b6e4f' },
            value: '#9bb8ad',
          },
        },
      },
      {
        mark: { type: 'text', align: 'left', dx: 4, fontSize: 12 },
        encoding: { text: { field: 'kB', type: 'quantitative', format: '.1f' } },
      },
    ],
  });
}

async function svg(spec: object): Promise<string> {
  const [{ parse, View }, { compile }] = await Promise.all([importTool('vega'), importTool('vega-lite')]);
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  const drawn = await view.toSVG();
  view.finalize();
  return `${drawn}\n`;
}
