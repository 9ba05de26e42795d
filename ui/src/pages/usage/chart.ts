// The drawing of days as bars. Separate from the component so that uPlot comes with it, and only when it is needed.

import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

export interface ChartColors {
  text: string;
  grid: string;
  /** Behind the day that is read out. */
  band: string;
  /** One for each layer, the lowest first. */
  layers: string[];
}

export interface ChartData {
  labels: string[];
  /** Values of each layer by day, the lowest layer first. */
  layers: number[][];
  format: (value: number) => string;
}

export interface ChartView {
  resize: (width: number) => void;
  /** Marks a day; `undefined` marks none. */
  mark: (index: number | undefined) => void;
  destroy: () => void;
}

const HEIGHT = 240;

/** Every layer with those below it: the tallest is drawn first and the others over it. */
function stacked(layers: number[][]): number[][] {
  const sums: number[][] = [];
  for (const layer of layers) {
    const below = sums.at(-1);
    sums.push(layer.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return sums.reverse();
}

/** Days that get a label: as many as fit, the last one always. */
function splits(count: number, width: number): number[] {
  const step = Math.max(1, Math.ceil(count / Math.max(2, Math.floor(width / 72))));
  return Array.from({ length: count }, (_, index) => index).filter(
    (index) => (count - 1 - index) % step === 0,
  );
}

export function drawChart(
  host: HTMLElement,
  data: ChartData,
  colors: ChartColors,
  width: number,
  onhover: (index: number | undefined) => void,
): ChartView {
  const count = data.labels.length;
  const series = stacked(data.layers);
  const paints = [...colors.layers].slice(0, series.length).reverse();
  const bars = uPlot.paths.bars?.({ size: [0.62, 40], radius: 0.18 });
  let marked: number | undefined;
  const axis = {
    stroke: colors.text,
    ticks: { show: false },
    font: `12px ${getComputedStyle(host).fontFamily}`,
  };
  const plot = new uPlot(
    {
      width,
      height: HEIGHT,
      padding: [12, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, x: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false, range: [-0.6, count - 0.4] },
        y: { range: (_, _min, max) => [0, max > 0 ? max * 1.08 : 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 30,
          splits: (self) => splits(count, self.width),
          values: (_, at) => at.map((index) => data.labels[index] ?? ''),
        },
        {
          ...axis,
          grid: { stroke: colors.grid, width: 1 },
          size: 60,
          values: (_, at) => at.map((value) => data.format(value)),
        },
      ],
      series: [
        {},
        ...series.map((_, index) => ({
          fill: paints[index] ?? colors.text,
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        })),
      ],
      hooks: {
        setCursor: [(self) => onhover(self.cursor.idx ?? undefined)],
        drawClear: [(self) => highlight(self, marked, colors.band)],
      },
    },
    [data.labels.map((_, index) => index), ...series],
    host,
  );
  return {
    resize: (next) => plot.setSize({ width: next, height: HEIGHT }),
    mark: (index) => {
      if (index === marked) return;
      marked = index;
      plot.redraw(false, false);
    },
    destroy: () => plot.destroy(),
  };
}

/** A band behind the day that is read out. */
function highlight(plot: uPlot, index: number | undefined, color: string): void {
  if (index === undefined) return;
  const left = plot.valToPos(index - 0.5, 'x', true);
  const right = plot.valToPos(index + 0.5, 'x', true);
  plot.ctx.save();
  plot.ctx.fillStyle = color;
  plot.ctx.fillRect(left, plot.bbox.top, right - left, plot.bbox.height);
  plot.ctx.restore();
}
