// What each check is worth: --points FILE.
import { parse } from 'smol-toml'

export interface Points {
  of(name: string): number
}

/**
 * Reads a file of points: TOML, a number for each check that is not worth one point, and
 * `default` for those that are not named.
 *
 * @throws SyntaxError what is wrong, and what would be right
 */
export function parsePoints(text: string, names: readonly string[], file: string): Points {
  let table: Record<string, unknown>
  try {
    table = parse(text)
  } catch (error) {
    throw new SyntaxError(`${file}: ${(error as Error).message.split('\n')[0]}`)
  }
  for (const [name, value] of Object.entries(table)) {
    if (name !== 'default' && !names.includes(name)) {
      throw new SyntaxError(`${file}: ${name}: no such check; see truefork grade --list`)
    }
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      throw new SyntaxError(`${file}: ${name}: expected a number of points, 0 or more`)
    }
  }
  const preset = (table.default as number | undefined) ?? 1
  return { of: name => (table[name] as number | undefined) ?? preset }
}

/** One point for each. */
export const equalPoints: Points = { of: () => 1 }
