// The terminal: the alternate screen, keys one by one, and everything put back at the end.
//
// Plain escape sequences of ECMA-48 and xterm, which every terminal of today knows: a picture is
// written over the last one, line by line. A library for more than that brings a runtime of its own.
import { writeSync } from 'node:fs'
import { emitKeypressEvents } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { type Line, painted, type Size } from './picture.ts'
import { showsUtf8 } from './text.ts'
import type { KeyPress } from './view.ts'

// Alternate screen, no cursor, no line that runs on into the next; and back again.
const enter = '\x1b[?1049h\x1b[?25l\x1b[?7l'
const leave = '\x1b[?7h\x1b[?25h\x1b[?1049l'
const home = '\x1b[H'
const clear = '\x1b[2J'

type Terminal = WriteStream & { fd: number }

export class Screen {
  readonly #input: ReadStream
  readonly #output: Terminal
  readonly #hasColour = !process.env.NO_COLOR
  readonly #isUtf8 = showsUtf8(process.env)
  #isEntered = false

  constructor(input: ReadStream, output: Terminal) {
    this.#input = input
    this.#output = output
    emitKeypressEvents(input)
  }

  get size(): Size {
    return { columns: this.#output.columns || 80, rows: this.#output.rows || 24 }
  }

  enter(): void {
    this.#isEntered = true
    this.#input.setRawMode(true)
    this.#input.resume()
    this.#output.write(enter)
  }

  /** Does nothing the second time. Synchronous: it is also called when the process is about to end. */
  leave(): void {
    if (!this.#isEntered) return
    this.#isEntered = false
    try {
      this.#input.setRawMode(false)
      this.#input.pause()
      writeSync(this.#output.fd, leave)
    } catch {
      // there is no terminal any more
    }
  }

  /** @param lines as many as the screen has, each of its width: nothing of the last picture is left */
  draw(lines: readonly Line[]): void {
    const text = lines.map(line => painted(line, this.#hasColour, this.#isUtf8))
    this.#output.write(home + text.join('\r\n'))
  }

  onKey(press: (key: KeyPress) => void): void {
    this.#input.on('keypress', (_, key: KeyPress) => press(key))
  }

  onResize(draw: () => void): void {
    this.#output.on('resize', () => {
      this.#output.write(clear)
      draw()
    })
  }

  /** The terminal is gone: closed, or its connection broke. */
  onGone(end: () => void): void {
    this.#input.on('end', end).on('error', end)
    this.#output.on('error', end)
  }
}
