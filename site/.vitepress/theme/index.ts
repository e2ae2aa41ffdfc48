/** VitePress's theme without its web font, and diagrams. */
import type { Theme } from 'vitepress';
import { inBrowser, withBase } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import './diagrams.css';

interface Mermaid {
  initialize(options: Readonly<Record<string, unknown>>): void;
  run(options: { readonly nodes: ArrayLike<Element> }): Promise<void>;
}

let loaded: Promise<Mermaid> | undefined;

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp: ({ router }) => {
    if (!inBrowser) return;
    const draw = (): void => void requestAnimationFrame(() => void drawDiagrams());
    router.onAfterRouteChange = draw;
    draw();
    addEventListener('load', draw);
  },
};

async function drawDiagrams(): Promise<void> {
  const nodes = document.querySelectorAll('pre.diagram:not([data-processed])');
  if (nodes.length === 0) return;
  loaded ??= load();
  const mermaid = await loaded;
  await mermaid.run({ nodes });
}

function load(): Promise<Mermaid> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = withBase('/mermaid.js');
    script.onload = () => {
      const { mermaid } = window as unknown as { mermaid: Mermaid };
      const dark = document.documentElement.classList.contains('dark');
      mermaid.initialize({ startOnLoad: false, theme: dark ? 'dark' : 'default' });
      resolve(mermaid);
    };
    script.onerror = reject;
    document.head.append(script);
  });
}

export default theme;
