// Draws every icon of the product from a few paths, so that all sizes and states stay one family.
// `node icons/draw.mjs` writes the SVG sources; scripts/icons.sh turns them into pixels.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

// A postern: a small arched gate in a wall. On a grid of 32, the opening, its leaf standing ajar, and the threshold.
const ARCH = "M8.5 26V14.5a7.5 7.5 0 0 1 15 0V26";
const LEAF = "M12.6 26V15.4c0-2.3 1.7-3.9 3.9-3.9s4 1.7 4 4V26z";
const SILL = "M5 26.5h22";

const app = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">
  <rect x="64" y="64" width="896" height="896" rx="208" fill="#0f3d4a"/>
  <path d="M320 776V464a192 192 0 0 1 384 0v312z" fill="#082830"/>
  <path d="M404 776V500c0-76 52-132 124-132s152 52 152 132v276z" fill="#f2efe6"/>
  <path d="M320 776V464a192 192 0 0 1 384 0v312" fill="none" stroke="#8fd0cf" stroke-width="48" stroke-linecap="round"/>
  <path d="M216 792h592" stroke="#8fd0cf" stroke-width="48" stroke-linecap="round"/>
  <circle cx="466" cy="600" r="26" fill="#0f3d4a"/>
</svg>
`;

const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <rect width="32" height="32" rx="7" fill="#0f3d4a"/>
  <path d="M12.6 24.5v-8.8c0-2.3 1.6-3.9 3.9-3.9s4.5 1.7 4.5 4.2v8.5z" fill="#f2efe6"/>
  <path d="M10 24.5V14.2a6 6 0 0 1 12 0v10.3M6.5 25h19" fill="none" stroke="#8fd0cf" stroke-width="2" stroke-linecap="round"/>
</svg>
`;

// What a state adds to the gate. A cut-out ring keeps the mark apart from the lines on any panel.
const STATES = {
  ok: { leaf: 1, mark: "" },
  working: {
    leaf: 0,
    mark: '<circle cx="12.4" cy="19.5" r="1.5" fill="INK"/><circle cx="16" cy="19.5" r="1.5" fill="INK"/><circle cx="19.6" cy="19.5" r="1.5" fill="INK"/>',
  },
  attention: { leaf: 1, mark: '<circle cx="24.5" cy="8" r="5" fill="BADGE"/>', ring: '<circle cx="24.5" cy="8" r="6.8" fill="black"/>' },
  down: {
    leaf: 0,
    mark: '<path d="M6.5 5.5l19 19" stroke="BADGE" stroke-width="2.6" stroke-linecap="round"/>',
    ring: '<path d="M6.5 5.5l19 19" stroke="black" stroke-width="5.6" stroke-linecap="round"/>',
  },
};

// `light` is drawn in light ink for dark panels, `dark` the other way round; `template` is tinted by macOS;
// `color` has an outline of its own for panels whose colour nobody tells (Linux).
const INKS = {
  light: { ink: "#ffffff", attention: "#ffb454", down: "#ff7a70" },
  dark: { ink: "#1c1f22", attention: "#b45309", down: "#b42318" },
  template: { ink: "#000000", attention: "#000000", down: "#000000" },
  color: { ink: "#1a7f8c", attention: "#e08600", down: "#d13a2f", halo: "#ffffff" },
};

function tray(state, ink) {
  const { leaf, mark, ring } = STATES[state];
  const colours = INKS[ink];
  const badge = colours[state] ?? colours.ink;
  const painted = mark.replaceAll("INK", colours.ink).replaceAll("BADGE", badge);
  const lines = `<path d="${ARCH}" fill="none" stroke="${colours.ink}" stroke-width="2.4" stroke-linecap="round"/>
    <path d="${SILL}" stroke="${colours.ink}" stroke-width="2.4" stroke-linecap="round"/>
    ${leaf ? `<path d="${LEAF}" fill="${colours.ink}"/>` : ""}`;
  const halo = colours.halo
    ? `<path d="${ARCH}M5 26.5h22" fill="none" stroke="${colours.halo}" stroke-width="4.8" stroke-linecap="round" stroke-opacity=".9"/>`
    : "";
  const mask = ring ? `<mask id="m"><rect width="32" height="32" fill="white"/>${ring}</mask>` : "";
  const gate = ring ? `<g mask="url(#m)">${halo}${lines}</g>` : `${halo}${lines}`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  ${mask}
  ${gate}
  ${painted}
</svg>
`;
}

mkdirSync(join(here, "tray"), { recursive: true });
writeFileSync(join(here, "app.svg"), app);
writeFileSync(join(here, "favicon.svg"), favicon);
for (const state of Object.keys(STATES)) {
  for (const ink of Object.keys(INKS)) {
    writeFileSync(join(here, "tray", `${state}-${ink}.svg`), tray(state, ink));
  }
}
