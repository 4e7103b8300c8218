// What readelf(1) and nm(1) tell of a binary.
import { execFileSync } from 'node:child_process'

const tell = (command: string, options: string[], file: string) =>
  execFileSync(command, [...options, file], { encoding: 'utf8', maxBuffer: 1 << 26 })

const all = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, found]) => found!)

/** A field of the header, as `Machine`. */
export const header = (file: string, field: string): string =>
  new RegExp(`^ *${field}: *(.*)$`, 'm').exec(tell('readelf', ['-hW'], file))![1]!

/** The libraries that the linker must find. */
export const needed = (file: string): string[] =>
  all(tell('readelf', ['-dW'], file), /\(NEEDED\).*\[(.*)\]/g)

/** `BIND_NOW`, `TEXTREL` and such. */
export const dynamicSection = (file: string): string => tell('readelf', ['-dW'], file)

/** The versions that it asks of the libraries, as `GLIBC_2.17`. */
export const versions = (file: string): string[] =>
  all(tell('readelf', ['-VW'], file), /Name: (\S+) +Flags/g)

/** The segments, as { type: 'LOAD', flags: 'RE', align: 0x1000 }. */
export function segments(file: string) {
  const line = /^ +([A-Z_]+) +(?:0x[\da-f]+ +){5}([RWE ]{3}) (0x[\da-f]+|\d+)$/gm
  return [...tell('readelf', ['-lW'], file).matchAll(line)].map(([, type, flags, align]) => ({
    ...{ type, flags: flags!.replaceAll(' ', ''), align: Number(align) },
  }))
}

/** The symbols that others may use. */
export const exported = (file: string): string[] =>
  all(tell('nm', ['-D', '--defined-only'], file), / [A-Za-z] (\S+)$/gm).map(plain)

/** The symbols that others must have, those of libraries with a version behind `@`. */
export const wanted = (file: string): string[] =>
  all(tell('nm', ['-D', '--undefined-only'], file), / U (\S+)$/gm)

const plain = (symbol: string) => symbol.split('@')[0]!
