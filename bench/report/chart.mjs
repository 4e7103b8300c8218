// The chart: an SVG that can be read on a light and on a dark page.
import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { baseline } from '../servers/table.mjs'
import { count, figure, fixed } from './format.mjs'
import { labelOf, machineLine, noiseLine } from './text.mjs'

const width = 860
const left = 300
const rowHeight = 21
const head = 64

// Colours that stand out from white and from black alike; the text takes that of the page.
const colours = { truefork: '#2f81f7', baseline: '#d29922', other: '#8b949e' }
const style = `
  .bench { font: 12px system-ui, sans-serif; color: #1f2328 }
  @media (prefers-color-scheme: dark) { .bench { color: #e6edf3 } }`

const colourOf = ({ name }) => {
  if (name === baseline) return colours.baseline
  return name.startsWith('truefork') ? colours.truefork : colours.other
}

const inMs = us => us && { median: us.median / 1000, min: us.min / 1000, max: us.max / 1000 }

const panels = [
  {
    title: 'Connections a second, 8 clients at a time',
    value: ({ perSecond }) => perSecond,
    write: (value, { toBaseline }) =>
      `${count(value)}${toBaseline.perSecond ? `  (${fixed(toBaseline.perSecond.median, 2)})` : ''}`,
  },
  {
    title: 'Median latency at half load, ms',
    value: ({ latencyUs }) => inMs(latencyUs.half.p50),
    write: value => fixed(value, 2),
  },
  {
    title: 'Memory of an idle client, KB (MemAvailable)',
    value: ({ held }) => held.availableKB ?? null,
    write: figure,
  },
]

/**
 * @param {object} report as it is written to the JSON file
 * @returns {string} SVG
 */
export function chart(report) {
  const { document } = parseHTML('<html><body></body></html>')
  const servers = report.servers
    .filter(({ perSecond }) => perSecond !== null)
    .toSorted((a, b) => b.perSecond.median - a.perSecond.median)
  const all = element(document, 'svg', { class: 'bench', xmlns: 'http://www.w3.org/2000/svg' })
  all.append(element(document, 'style', {}, style))
  all.append(...caption(document, report))
  let y = head
  for (const panel of panels) {
    const plot = panelOf(document, servers, panel)
    if (!plot) continue
    plot.setAttribute('y', y)
    all.append(plot)
    y += Number(plot.getAttribute('height')) + 12
  }
  all.setAttribute('viewBox', `0 0 ${width} ${y}`)
  all.setAttribute('width', width)
  all.setAttribute('height', y)
  return `${all.outerHTML}\n`
}

function element(document, name, attributes, text) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text !== undefined) made.textContent = text
  return made
}

function caption(document, { date, machine, servers, extent }) {
  const lines = [
    `${machineLine(machine)}; ${date.slice(0, 10)}`,
    `Medians of ${extent.rounds} rounds; the line is from lowest to highest; in parentheses, compared with ${baseline}.`,
    noiseLine(servers),
  ]
  return lines.map((line, row) =>
    element(document, 'text', { x: 8, y: 18 + row * 16, fill: 'currentColor' }, line),
  )
}

function panelOf(document, servers, { title, value, write }) {
  const rows = servers
    .map(server => ({ server, label: labelOf(server), spread: value(server) }))
    .filter(({ spread }) => spread !== null)
  if (rows.length === 0) return undefined
  const y = 'label'
  return Plot.plot({
    document,
    width,
    height: rows.length * rowHeight + 56,
    marginLeft: left,
    marginRight: 110,
    marginTop: 32,
    x: { label: null, grid: true, zero: true },
    y: { label: null, domain: rows.map(({ label }) => label) },
    marks: [
      Plot.barX(rows, {
        x: ({ spread }) => spread.median,
        y,
        fill: ({ server }) => colourOf(server),
      }),
      Plot.ruleY(rows, {
        x1: ({ spread }) => spread.min,
        x2: ({ spread }) => spread.max,
        y,
        stroke: 'currentColor',
      }),
      Plot.text(rows, {
        x: ({ spread }) => spread.max,
        y,
        text: ({ spread, server }) => write(spread.median, server),
        textAnchor: 'start',
        dx: 6,
      }),
      Plot.text([title], {
        frameAnchor: 'top-left',
        dx: -left + 8,
        dy: -28,
        fontWeight: 600,
        fontSize: 13,
      }),
    ],
  })
}
