/** One bar of a chart. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  /** The bar of this product, in its own colour. */
  readonly own?: boolean;
}

/** Bars of one unit. */
export interface Panel {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL = 190;
const BAR = 22;
const GAP = 6;
const TITLE = 34;
const VALUE = 70;

/**
 * Bar charts below each other, as SVG. The colours follow the reader's light or dark scheme, on a background of its own, since an image in
 * Markdown does not inherit the page's.
 *
 * @example
 * chart('Peers', [{ title: 'requests/s', bars: [{ label: 'nginx', value: 16000 }] }]); // '<svg ...'
 */
export function chart(title: string, panels: readonly Panel[]): string {
  let y = 12;
  const parts: string[] = [];
  for (const panel of panels) {
    parts.push(`<text class="title" x="16" y="${y + 18}">${escaped(panel.title)}</text>`);
    y += TITLE;
    const most = Math.max(...panel.bars.map(({ value }) => value));
    for (const { label, value, own = false } of panel.bars) {
      const length = Math.max(2, (value / most) * (WIDTH - LABEL - VALUE - 32));
      parts.push(
        `<text class="label" x="${LABEL + 8}" y="${y + 15}">${escaped(label)}</text>`,
        `<rect class="${own ? 'own' : 'peer'}" x="${LABEL + 16}" y="${y}" width="${length.toFixed(1)}" height="${BAR - GAP + 2}" rx="2"/>`,
        `<text class="value" x="${(LABEL + 22 + length).toFixed(1)}" y="${y + 14}">${shown(value)}</text>`,
      );
      y += BAR;
    }
    y += 14;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 }
.label { text-anchor: end }
.back { fill: #ffffff }
.peer { fill: #8c959f }
.own { fill: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .back { fill: #0d1117 }
  .peer { fill: #6e7681 }
  .own { fill: #4493f8 }
}
</style>
<rect class="back" width="100%" height="100%" rx="6"/>
${parts.join('\n')}
</svg>
`;
}

function shown(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
